"""Write docs/reference/conventions.md from the conventions table: `python -m storage.conventions_page > docs/...`."""

from collections.abc import Iterator, Mapping
from typing import Final

from storage.conventions import (
    ACTION_VERDICTS,
    ACTIONS,
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

- `input_tokens` holds cached tokens too, `output_tokens` reasoning. Whether an emitter counts them so is settled by the
  rules of [usage and cost](usage-and-cost.md); `usage_rule` says which rule decided. `tokens_exclusive` is true where
  cached tokens were added to the reported input tokens.
- `uncached_input_tokens` is input without what was read from or written to a cache.
- `total_tokens` is input and output together; the emitter's total counts where it reports nothing else.
  `usage_mismatch` is how much more the emitter's total is than ours.
- `service_tier` is the tier in one vocabulary: `default`, `priority`, `flex`, `scale`, `fast` ...; empty where it is
  not known. `processing` is `batch` for calls that went through a batch API.
- `model` is the model that answered, else the one that was asked for.
- `time_per_output_token_s`: as reported, else decode time by tokens after the first, else the time from the first token
  to the end of the span.
- `counts_usage`: the span reports tokens or a cost, so it may count: which of the spans that report one call does is
  settled by trace. Spans of the serving tier, of responses that are fetched again, and spans marked as roll-ups never
  count.
- `error_type`: as reported, else of the exception event, else the HTTP status, else `_OTHER` where the span failed.
- `time_issue`: why the clock of a span cannot be right (`missing`, `unit`, `past` for more than five years, `future`,
  `negative`, `future_end`). Its times are kept as attributes `groundwire.start_time_unix_nano` and `...end...`; it is
  placed where it was received, without duration.
"""

_CHECKS: Final = """
## Guardrails

What came of a check is one of `pass`, `modified`, `fail` and `error` (the guardrail itself broke); `modified` and
`fail` are trips. Of several words about one check the last in this order counts: a check that passed and masked
something is `modified`. Where no word is there, the check's output says it, or `action` in its JSON; a span that
ended in an error is an `error`, unless the error is how the library says no (`ValidationError`,
`...TripwireTriggered`, `GuardDeniedError`: `fail`). A chat that names a Bedrock guardrail stays a chat: `fail` where
its finish reason is `guardrail_intervened`, else `pass`. Events with `guard.name` on a span count as its own, the
worst of them. Other words say nothing, and the verdict is empty.
"""

_DONE: Final = """
What a guardrail did; in brackets what came of the check where no verdict says. Other words are kept, in lower case.
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
    ):
        yield f"\n## {title}\n"
        yield "Other values are kept as they are" + (
            ", up to their first dot.\n" if mapping is PROVIDERS else ".\n"
        )
        yield _listed(mapping).replace("   - ", "- ")
    yield from _guardrails()


def _guardrails() -> Iterator[str]:
    yield _CHECKS
    yield _listed(VERDICTS).replace("   - ", "- ")
    yield _DONE
    listed = _listed(ACTIONS).replace("   - ", "- ").split("\n")
    for line, (action, verdict) in zip(listed, ACTION_VERDICTS.items(), strict=True):
        yield line.replace(f"- `{action}`", f"- `{action}` (`{verdict}`)")


def _listed(mapping: Mapping[str, str]) -> str:
    """Return a list of what each value stands for."""
    names: dict[str, list[str]] = {}
    for name, value in mapping.items():
        names.setdefault(value, []).append(f"`{name}`")
    return "\n".join(f"   - `{value}`: {', '.join(of)}" for value, of in names.items())


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - this is a command
