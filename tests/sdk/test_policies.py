"""What the content policies let leave: the wire, captured."""

import hashlib
import hmac
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import groundwire
import pytest
from groundwire._kept import KEPT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from tests.engine import ROOT
from tests.sdk.capture import Capture, attributes
from tests.sdk.conftest import Start

WITHHELD_TEXT_COLUMNS = {
    # Free text, or made of it, although a column of its own on the server.
    "exception.message", "error.message", "langfuse.observation.status_message",
    "gen_ai.guardrail.error.message", "gen_ai.guardrail.verdict.reason",
    "litellm.guardrail.response", "guardrail_response",
}  # fmt: skip

# Every key of the conventions that holds content, and some that no convention knows.
CONTENT_KEYS = [
    *(
        source
        for field in tomllib.loads((ROOT / "storage" / "conventions.toml").read_text())["field"]
        if field["kind"] == "content"
        for source in field["sources"]
    ),
    *sorted(WITHHELD_TEXT_COLUMNS),
    "gen_ai.prompt.0.content", "gen_ai.completion.0.content", "gen_ai.prompt.variable.question",
    "llm.input_messages.0.message.content", "llm.output_messages.12.message.contents.0.message_content.text",
    "llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments",
    "retrieval.documents.3.document.content", "retrieval.documents.3.document.metadata", "tag.tags",
    "reranker.input_documents.0.document.content", "llm.prompts.0.prompt.text", "llm.invocation_parameters",
    "llm.tools.0.tool.json_schema", "embedding.embeddings.0.embedding.text", "metadata", "url.full", "url.query",
    "http.url", "http.target", "db.query.parameter.name", "exception.stacktrace", "pydantic_ai.all_messages",
    "logfire.msg", "gcp.vertex.agent.llm_request", "gen_ai.evaluation.explanation", "gen_ai.evaluation.correction",
    "gen_ai.evaluation.metadata", "gen_ai.tool.description", "gen_ai.agent.description", "order.note", "x",
    "process.command_line", "langfuse.trace.metadata.note", "traceloop.entity.path", "server.headers.authorization",
]  # fmt: skip

# Sentences: unlike an id or a model's name, they can never be taken for a label.
sentences = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]),
    min_size=3,
    max_size=40,
).map(lambda text: f"Kaspar Ünlü {text} said")

structures: st.SearchStrategy[Callable[[str], Any]] = st.sampled_from(
    [
        lambda text: text,
        lambda text: [text, "b"],
        lambda text: {"nested": {"deeper": [text]}},
        lambda text: json.dumps([{"role": "user", "parts": [{"type": "text", "content": text}]}]),
        lambda text: json.dumps([{"role": "user", "content": text, "name": text}]),
        lambda text: json.dumps([{"role": text, "parts": [text, {"type": text, "content": text}]}]),
        lambda text: json.dumps([{"parts": [{"type": "tool_call", "name": text, "id": text, "arguments": {text: 1}}]}]),
        lambda text: json.dumps([{"parts": [{"type": "tool_call_response", "response": [text]}]}]),
        lambda text: json.dumps([{"parts": [], "finish_reason": text}]),
        lambda text: json.dumps([{"parts": [{"type": "uri", "uri": text, "mime_type": text, "new": text}]}]),
        lambda text: json.dumps([{"id": text, "content": text, "title": text, "score": 1}]),
        lambda text: json.dumps([{"type": "function", "name": text, "description": text, "parameters": {"a": text}}]),
        lambda text: json.dumps({text: text}),
        lambda text: [{"role": "user", "parts": [{"content": text}]}],
        lambda text: text.encode(),
        lambda text: text * 3,
    ]
)  # fmt: skip


def send_everywhere(key: str, value: Any, text: str) -> None:
    """Put a text wherever OTLP has room for one."""
    state = TraceState([("vendor", "".join(c for c in text if c.isascii() and c.isalpha()) or "x")])
    link = Link(
        SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(1), trace_state=state),
        {key: value},
    )
    tracer = trace.get_tracer("app", attributes={key: text})
    parent = NonRecordingSpan(link.context)
    span = tracer.start_span(
        text, set_span_in_context(parent), links=[link], attributes={key: value, text: 1}
    )
    span.add_event(text, {key: value})
    span.record_exception(ValueError(text))
    span.set_status(StatusCode.ERROR, text)
    span.end()

    @groundwire.observe(name=f"answer {text}")
    def answer(question: object) -> object:
        return question

    answer({"q": value})
    with groundwire.chat("gpt", text) as call:
        call.output({"role": "assistant", "content": text, "finish_reason": "stop"})
        groundwire.feedback("verdict", text, comment=text, correction=text, metadata={"note": text})
    with groundwire.retrieval(text) as search:
        search.documents([{"id": text, "content": text}, text])
    with pytest.raises(RuntimeError), groundwire.tool("lookup", {"name": text}):
        raise RuntimeError(text)


def occurrences(text: str, wire: bytes) -> list[bytes]:
    """Return the forms of a text that the wire holds: as UTF-8, and as JSON escapes it."""
    escaped = json.dumps(text)[1:-1]
    return [form for form in {text.encode(), escaped.encode()} if form in wire]


@pytest.mark.parametrize("policy", ["hashed", "none"])
def test_no_text_is_on_the_wire(start: Start, policy: str) -> None:
    """Wherever a text is put, under whatever key and in whatever shape, nothing of it leaves."""
    capture = start(content=policy)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(text=sentences, key=st.sampled_from(CONTENT_KEYS), shape=structures)
    def holds(text: str, key: str, shape: Callable[[str], Any]) -> None:
        capture.requests.clear()
        capture.taken.clear()
        send_everywhere(key, shape(text), text)
        assert groundwire.flush(20)
        assert capture.requests
        assert not occurrences(text, capture.wire())
        assert b"Kaspar" not in capture.wire()
        assert len(capture.spans()) == 5  # masked, and none of them lost

    holds()


def test_hashes_keep_what_is_needed_to_make_sense(start: Start) -> None:
    """Roles, tool names, ids, models, tokens and times stay; equal texts have equal hashes, with their length."""
    capture = start(content="hashed")
    with groundwire.tenant("Acme Corp"), groundwire.user("u-1"), groundwire.chat("gpt-4.1") as call:
        call.input(
            [
                {"role": "user", "content": "Where is it?"},
                {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "find", "arguments": "{}"}}]},
            ]
        )  # fmt: skip
        call.output("Where is it?")
        call.usage(10, 2)
    assert groundwire.flush(10)
    recorded = attributes(capture.span("chat gpt-4.1"))
    digest = f"sha256:{hashlib.sha256(b'Where is it?').hexdigest()} (12 characters)"
    sent = json.loads(recorded["gen_ai.input.messages"])
    assert sent[0] == {"role": "user", "parts": [{"type": "text", "content": digest}]}
    assert sent[1]["parts"][0]["name"] == "find"
    assert sent[1]["parts"][0]["id"] == "c1"
    assert json.loads(recorded["gen_ai.output.messages"])[0]["parts"][0]["content"] == digest
    assert recorded["gen_ai.usage.input_tokens"] == 10
    assert recorded["tenant.id"] == "Acme Corp"
    assert recorded["user.id"] == "u-1"


def test_a_secret_makes_hashes_that_nobody_else_can_try(start: Start) -> None:
    """With a key, the hash of a short text cannot be found by hashing all short texts."""
    capture = start(content="hashed", hash_key="k3y")
    trace.get_tracer("app").start_span("ask", attributes={"input.value": "yes"}).end()
    assert groundwire.flush(10)
    digest = hmac.new(b"k3y", b"yes", hashlib.sha256).hexdigest()
    assert attributes(capture.span("ask")) == {
        "input.value": f"hmac-sha256:{digest} (3 characters)"
    }
    assert "k3y" not in repr(groundwire._setup._State.running)


def test_numbers_and_vectors_that_are_content_are_withheld(start: Start) -> None:
    """A tool's numeric argument and an embedding say as much as the text; a token count does not."""
    capture = start(content="none")
    span = trace.get_tracer("app").start_span("ask")
    span.set_attributes(
        {
            "gen_ai.tool.call.arguments": 4929123123,
            "embedding.embeddings.0.embedding.vector": [0.25] * 8,
            "scores": [0.125] * 100,
            "gen_ai.usage.input_tokens": 7,
            "few": [1, 2],
        }
    )
    span.end()
    assert groundwire.flush(10)
    assert attributes(capture.span("ask")) == {"gen_ai.usage.input_tokens": 7, "few": [1, 2]}


@pytest.mark.parametrize(
    ("name", "extra", "kept"),
    [
        ("chat gpt-4.1", {"gen_ai.request.model": "gpt-4.1"}, True),
        ("invoke_agent Travel Agent", {"gen_ai.agent.name": "Travel Agent"}, True),
        ("GET /users/{id}", {"http.route": "/users/{id}"}, True),
        ("GET /users/anna", {}, False),
        ("openai.chat", {}, True),
        ("Shop.answer", {}, True),
        ("answer Anna Meier", {}, False),
        ("chat Anna Meier", {"input.value": "Anna Meier"}, False),
    ],
)
def test_a_spans_name_is_kept_where_it_is_known_to_be_one(
    start: Start, name: str, extra: dict[str, str], *, kept: bool
) -> None:
    """Names are kept of code, and of an operation with what the span's attributes name."""
    capture = start(content="hashed")
    trace.get_tracer("app").start_span(name, attributes=extra).end()
    assert groundwire.flush(10)
    (span,) = capture.spans()
    assert (span.name == name) is kept
    assert kept or "anna" not in span.name.lower()


def test_an_email_as_user_id_is_withheld(start: Start) -> None:
    """An id is kept, an address is not an id."""
    capture = start(content="hashed")
    with groundwire.user("anna@example.com"), groundwire.span("x"):
        pass
    assert groundwire.flush(10)
    assert attributes(capture.span("x"))["user.id"].startswith("sha256:")


def test_the_allow_list_has_the_servers_columns_of_names_and_ids() -> None:
    """A convention that is added to the server's table is thought about here."""
    fields = tomllib.loads((ROOT / "storage" / "conventions.toml").read_text())["field"]
    names = {source for field in fields if field["kind"] == "text" for source in field["sources"]}
    assert names - KEPT - WITHHELD_TEXT_COLUMNS == set()
    content = {
        source for field in fields if field["kind"] == "content" for source in field["sources"]
    }
    assert content & KEPT == set()
    listed = Path(groundwire.__file__).with_name("kept_attributes.txt").read_text().splitlines()
    keys = [line for line in listed if not line.startswith("#")]
    assert keys == sorted(set(keys))


PERSONAL = "Write to anna.meier@example.co.uk or +41 44 668 18 00, card 4111 1111 1111 1111."
REDACTED = "Write to [EMAIL] or [PHONE], card [CARD]."


def test_redaction_reaches_every_string_and_keeps_json(start: Start) -> None:
    """Names, attributes at any depth, JSON in strings, events, statuses, links and feedback are redacted."""
    capture = start(content="redacted")
    send_everywhere("input.value", PERSONAL, PERSONAL)
    send_everywhere("x", {"y": [PERSONAL]}, PERSONAL)
    send_everywhere("j", json.dumps({"a": [PERSONAL, 4111111111111111]}), PERSONAL)
    assert groundwire.flush(10)
    wire = capture.wire()
    for secret in (b"anna.meier", b"668 18", b"1111"):
        assert secret not in wire
    named = [span for span in capture.spans() if span.name == REDACTED]
    assert len(named) == 3
    assert attributes(named[0])["input.value"] == REDACTED
    assert json.loads(attributes(named[2])["j"]) == {"a": [REDACTED, "[CARD]"]}


def test_the_apps_own_redaction_comes_after_and_fails_closed(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """A hook sees what the built-in leaves; where it raises, its text does not leave."""

    def hook(text: str) -> str:
        if "boom" in text:
            raise KeyError(text)
        return text.replace("Project Falcon", "[PROJECT]")

    capture = start(content="redacted", redact=hook)
    attributes_given = {"a": "Project Falcon by a@b.example", "b": "boom of Project Falcon"}
    trace.get_tracer("app").start_span("x", attributes=attributes_given).end()
    assert groundwire.flush(10)
    assert attributes(capture.span("x")) == {"a": "[PROJECT] by [EMAIL]", "b": "[REDACTION FAILED]"}
    assert "Falcon" not in caplog.text


@pytest.mark.parametrize("policy", ["redacted", "hashed", "none"])
def test_other_exporters_see_spans_unchanged(start: Start, policy: str) -> None:
    """The policy is about Groundwire; what else the app exports to gets what it always got."""
    capture = start(content=policy)
    others = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    provider.add_span_processor(SimpleSpanProcessor(others))
    tracer = trace.get_tracer("app")
    span = tracer.start_span(PERSONAL, attributes={"input.value": PERSONAL, "x": {"y": PERSONAL}})
    span.add_event(PERSONAL, {"e": PERSONAL})
    span.set_status(StatusCode.ERROR, PERSONAL)
    span.end()
    assert groundwire.flush(10)
    (theirs,) = others.get_finished_spans()
    others.shutdown()
    assert theirs.name == PERSONAL
    assert dict(theirs.attributes or {}) == {"input.value": PERSONAL, "x": {"y": PERSONAL}}
    assert theirs.events[0].name == PERSONAL
    assert theirs.status.description == PERSONAL
    assert b"anna.meier" not in capture.wire()


def test_a_policy_that_is_not_understood_lets_nothing_out(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """A slip of the pen in a setting is no reason to send texts."""
    capture = start(content="redact")
    trace.get_tracer("app").start_span("x", attributes={"input.value": "text"}).end()
    assert groundwire.flush(10)
    assert attributes(capture.span("x")) == {}
    assert "content must be one of full, redacted, hashed, none" in caplog.text


def test_a_very_large_text_is_cut_and_stays_json(traced: Capture) -> None:
    """A picture of five megabytes inside a message leaves the rest of the message whole."""
    picture = {"type": "blob", "content": "A" * 5_000_000}
    message = {"role": "user", "parts": [picture, {"type": "text", "content": "what is it?"}]}
    span = trace.get_tracer("app").start_span("x")
    span.set_attributes({"gen_ai.input.messages": json.dumps([message]), "plain": "b" * 3_000_000})
    span.end()
    assert groundwire.flush(20)
    recorded = attributes(traced.span("x"))
    blob, text = json.loads(recorded["gen_ai.input.messages"])[0]["parts"]
    assert blob["content"].endswith("[cut: 5000000 characters]")
    assert text["content"] == "what is it?"
    assert recorded["plain"].endswith("[cut: 3000000 characters]")
    assert len(recorded["plain"]) < 1_100_000
