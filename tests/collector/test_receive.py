"""What the receiver changes in a request before it is spooled, whichever way the request came."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.decode import Encoding
from collector.receive import Receiver
from collector.signals import Signal
from collector.stamp import Stamp, is_clean, record
from tests.collector.otlp import MemorySpool
from tests.samples import Traces

FLAT_MESSAGE: Any = {
    "openinference__span__kind": "LLM",
    "llm__input_messages__0__message__role": "user",
    "llm__input_messages__0__message__content": "Where is my order?",
    "llm__input_messages__1__message__role": "assistant",
    "llm__input_messages__1__message__content": "On its way.",
}


def as_json(request: ExportTraceServiceRequest) -> bytes:
    """Write a request of one scope as OTLP/JSON."""
    spans = [
        {
            "traceId": span.trace_id.hex(),
            "spanId": span.span_id.hex(),
            "name": span.name,
            "startTimeUnixNano": str(span.start_time_unix_nano),
            "endTimeUnixNano": str(span.end_time_unix_nano),
            "attributes": [
                {"key": a.key, "value": {"stringValue": a.value.string_value}}
                for a in span.attributes
            ],
        }
        for span in request.resource_spans[0].scope_spans[0].spans
    ]
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()


def spooled(body: bytes, encoding: Encoding = Encoding.PROTOBUF) -> list[dict[str, str]]:
    """Receive a request; return the text attributes of its spans as they are spooled."""
    spool = MemorySpool()
    Receiver(spool).receive(Signal.TRACES, "default", body, encoding)
    request = ExportTraceServiceRequest.FromString(spool.only.body)
    return [
        {a.key: a.value.string_value for a in span.attributes}
        for span in request.resource_spans[0].scope_spans[0].spans
    ]


FORGED: dict[str, Callable[[bytes], bytes]] = {
    "as the spool writes it": lambda body: record(body, Stamp("victim", 1, 9, 9))[2:],
    "in front": lambda body: b"\xc2\x3e\x06victim" + body,
    "with a long tag": lambda body: body + b"\xc2\xbe\x80\x00\x06victim",
    "as a number": lambda body: body + b"\xc0\x3e\x01",
    "as a group": lambda body: body + b"\xc3\x3e\xc4\x3e",
}


@pytest.mark.parametrize("forge", FORGED)
def test_a_forged_stamp_is_taken_out(forge: str) -> None:
    """Fields of the spool's own that a sender puts into a request do not reach the spool, however they are written."""
    spool = MemorySpool()
    traces = Traces(1)
    traces.span("work", note="kept")
    body = FORGED[forge](traces.body())
    assert body != traces.body()

    Receiver(spool).receive(Signal.TRACES, "own", body, Encoding.PROTOBUF)

    assert b"victim" not in spool.only.body
    assert is_clean(spool.only.body)
    assert ExportTraceServiceRequest.FromString(spool.only.body) == traces.request


def flat_and_plain() -> Traces:
    """Make a flattened span among two plain ones."""
    traces = Traces(1)
    traces.span("before")
    traces.span("flat", **FLAT_MESSAGE)
    traces.span("after", note="plain")
    return traces


def as_protobuf(traces: Traces) -> tuple[bytes, Encoding]:
    """Send it as most exporters do."""
    return traces.body(), Encoding.PROTOBUF


def as_json_text(traces: Traces) -> tuple[bytes, Encoding]:
    """Send it as exporters of JavaScript do."""
    return as_json(traces.request), Encoding.JSON


def with_bad_text(traces: Traces) -> tuple[bytes, Encoding]:
    """Send text that is not UTF-8, so that upb does not parse the request."""
    return traces.body().replace(b"plain", b"pla\xffn"), Encoding.PROTOBUF


def with_a_bad_span(traces: Traces) -> tuple[bytes, Encoding]:
    """Put a span that is refused before the others, so that places in the bytes as sent would mislead."""
    scope = traces.request.resource_spans[0].scope_spans[0]
    kept = list(scope.spans)
    del scope.spans[:]
    scope.spans.add(name="refused", span_id=b"short")
    scope.spans.extend(kept)
    return traces.body(), Encoding.PROTOBUF


def with_a_list(traces: Traces) -> tuple[bytes, Encoding]:
    """Give the first span a list, which becomes text before dialects are looked for."""
    value = (
        traces.request.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="list").value
    )
    value.array_value.values.add(string_value="x" * 300)
    return traces.body(), Encoding.PROTOBUF


@pytest.mark.parametrize(
    "sent", [as_protobuf, as_json_text, with_bad_text, with_a_bad_span, with_a_list]
)
def test_flattened_messages_are_gathered_however_they_came(sent: Any) -> None:
    """A span in a flattened dialect is rewritten in JSON, in damaged and in partly refused requests too."""
    attributes = spooled(*sent(flat_and_plain()))

    assert len(attributes) == 3
    messages = json.loads(attributes[1]["gen_ai.input.messages"])
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert "llm.input_messages.0.message.role" not in attributes[1]


def test_only_spans_that_hold_a_list_are_changed() -> None:
    """Lists become text in the spans that have one, at the front, in the middle and at the end of a request."""
    traces = Traces(1)
    for number in range(30):
        span = traces.span(f"span {number}", note="y" * number * 20)
        if number in (0, 13, 29):
            values = span.attributes.add(key="list").value.array_value.values
            values.add(string_value=f"item {number}")

    lists = [attributes.get("list") for attributes in spooled(traces.body())]

    assert [n for n, text in enumerate(lists) if text] == [0, 13, 29]
    assert lists[13] == '["item 13"]'
