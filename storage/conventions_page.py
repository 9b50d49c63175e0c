"""Write docs/reference/conventions.md from the conventions table: `python -m storage.conventions_page > docs/...`."""

from collections.abc import Iterator, Mapping
from typing import Final

from storage.conventions import (
    EVIDENCE,
    FINISH_REASONS,
    HINTS,
    OPERATIONS,
    PROVIDERS,
    VERDICTS,
    Field,
    fields,
)

_TITLES: Final = {
    "text": "text",
    "count": "whole number",
    "number": "number",
    "content": "content",
}

_INTRODUCTION: Final = """# Conventions

Spans of any common convention become the same columns: OpenTelemetry GenAI of every generation, OpenInference,
OpenLLMetry, Vercel AI SDK, Langfuse, LangSmith, MLflow, LiteLLM, OpenLIT, vLLM, SGLang, Triton and others. This page
is written from the table that the server itself uses, `storage/conventions.toml`.

A column takes the first attribute of its list that is there and not empty; a 0 counts as there. Where an attribute is
sent twice, the last one counts. Every attribute stays an attribute of the span as well, but for contents. Lists that a
convention spreads over numbered keys, and JSON within JSON, are put together before.

| type | meaning |
|---|---|
| text | empty where absent |
| whole number | 0 where absent; text that is a number counts, negative and impossible ones do not |
| number | absent differs from 0; NaN and infinities are absent |
| content | a text that is stored once a project, however often it comes; the span refers to it |
"""

_USAGE: Final = """
## What follows from others

- `input_tokens` holds cached tokens too. Where an emitter reports cached tokens apart, which shows when they are more
  than its input tokens, they are added, and `tokens_exclusive` is true.
- `total_tokens` is input and output together; the emitter's total counts where it reports nothing else.
- `model` is the model that answered, else the one that was asked for.
- `time_per_output_token_s`: as reported, else decode time by tokens after the first, else the time from the first token
  to the end of the span.
- `counts_usage`: calls of a model (chat, embeddings, rerank) count; agents, workflows, serving spans and spans marked
  as roll-ups repeat what others used.
- `error_type`: as reported, else of the exception event, else the HTTP status, else `_OTHER` where the span failed.
- `time_issue`: why the clock of a span cannot be right (`missing`, `unit`, `past` for more than five years, `future`,
  `negative`, `future_end`). Its times are kept as attributes `groundwire.start_time_unix_nano` and `...end...`; it is
  placed where it was received, without duration.
"""


def page() -> str:
    """Return the whole page."""
    return (
        "\n".join((_INTRODUCTION, *_field_table(), _USAGE, *_operations(), *_vocabularies())) + "\n"
    )


def _field_table() -> Iterator[str]:
    yield "## Columns\n"
    yield "| column | type | meaning | attributes, best first |"
    yield "|---|---|---|---|"
    yield from (_row(field) for field in fields() if not field.hidden)
    yield "\nThese are no columns; other columns follow from them.\n"
    yield "| name | type | meaning | attributes, best first |"
    yield "|---|---|---|---|"
    yield from (_row(field) for field in fields() if field.hidden)


def _row(field: Field) -> str:
    sources = ", ".join(f"`{source}`" for source in field.sources)
    place = " Also of the resource, after the span's own." if field.resource else ""
    return f"| `{field.column}` | {_TITLES[field.kind]} | {field.doc}{place} | {sources} |"


def _operations() -> Iterator[str]:
    yield "## Operations\n"
    yield "`operation` says what a span does. What decides, in this order:\n"
    yield "1. the SDK's own kind of span:"
    yield _listed(HINTS)
    yield "2. marks of the serving tier (`gen_ai.latency.*`, its scopes, `triton.model_name`): `serve`;"
    yield "3. a guardrail's name: `guardrail`;"
    yield "4. the operation as named; a name that is not listed is kept as it is:"
    yield _listed(OPERATIONS)
    yield "5. a tool's name or call, or the MCP method `tools/call`: `execute_tool`;"
    yield "6. documents: `retrieve`;"
    yield "7. one of these attributes, or between the second and the third line a model with tokens: `chat`:"
    serving = ("serve", "triton")
    marks = {key: operation for operation, keys in EVIDENCE.items() for key in keys}
    yield _listed({key: operation for key, operation in marks.items() if operation not in serving})


def _vocabularies() -> Iterator[str]:
    for title, mapping in (
        ("Providers", PROVIDERS),
        ("Finish reasons", FINISH_REASONS),
        ("Guardrail verdicts", VERDICTS),
    ):
        yield f"\n## {title}\n"
        yield "Other values are kept as they are" + (
            ", up to their first dot.\n" if mapping is PROVIDERS else ".\n"
        )
        yield _listed(mapping).replace("   - ", "- ")


def _listed(mapping: Mapping[str, str]) -> str:
    """Return a list of what each value stands for."""
    names: dict[str, list[str]] = {}
    for name, value in mapping.items():
        names.setdefault(value, []).append(f"`{name}`")
    return "\n".join(f"   - `{value}`: {', '.join(of)}" for value, of in names.items())


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - this is a command
