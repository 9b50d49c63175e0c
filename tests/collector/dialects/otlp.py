"""Requests built from plain dictionaries, and read back as such."""

from typing import Any

import orjson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.dialects import rewrite_logs, rewrite_traces

START = 1_700_000_000_000_000_000


def assign(target: Any, value: Any) -> None:
    """Write a Python value as AnyValue."""
    if isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        target.int_value = value
    elif isinstance(value, float):
        target.double_value = value
    elif isinstance(value, bytes):
        target.bytes_value = value
    elif isinstance(value, list):
        target.array_value.SetInParent()
        for item in value:
            assign(target.array_value.values.add(), item)
    elif isinstance(value, dict):
        target.kvlist_value.SetInParent()
        fill(target.kvlist_value.values, value)
    elif value is not None:
        target.string_value = value


def fill(pairs: Any, attributes: dict[str, Any]) -> None:
    """Append attributes to a repeated KeyValue field."""
    for key, value in attributes.items():
        pair = pairs.add()
        pair.key = key
        assign(pair.value, value)


def read(pairs: Any) -> dict[str, Any]:
    """Return scalar attributes as a dictionary; duplicates would be a bug of the rewriting."""
    result: dict[str, Any] = {}
    for pair in pairs:
        assert pair.key not in result, f"{pair.key} stands twice"
        kind = pair.value.WhichOneof("value")
        result[pair.key] = None if kind is None else getattr(pair.value, kind)
    return result


def add_span(request: Any, attributes: dict[str, Any], events: list[tuple[str, Any]]) -> Any:
    """Append one span of 2 s with these attributes and (name, attributes) events."""
    if not request.resource_spans:
        request.resource_spans.add().scope_spans.add()
    span = request.resource_spans[0].scope_spans[0].spans.add(name="chat", trace_id=b"t" * 16)
    span.span_id = len(request.resource_spans[0].scope_spans[0].spans).to_bytes(8, "big")
    span.start_time_unix_nano = START
    span.end_time_unix_nano = START + 2_000_000_000
    fill(span.attributes, attributes)
    for name, fields in events:
        fill(span.events.add(name=name, time_unix_nano=START).attributes, fields)
    return span


def rewritten_span(attributes: dict[str, Any], events: list[tuple[str, Any]] | None = None) -> Any:
    """Send one span through the rewriting and return it."""
    request = ExportTraceServiceRequest()
    span = add_span(request, attributes, events or [])
    before = request.SerializeToString(deterministic=True)
    changed = rewrite_traces(request, before)
    assert changed == (request.SerializeToString(deterministic=True) != before)
    return span


def rewritten(
    attributes: dict[str, Any], events: list[tuple[str, Any]] | None = None
) -> dict[str, Any]:
    """Send one span through the rewriting and return its attributes."""
    return read(rewritten_span(attributes, events).attributes)


def rewritten_record(body: Any, *, event_name: str = "", attributes: Any = None) -> Any:
    """Send one log record through the rewriting and return it."""
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(event_name=event_name)
    assign(record.body, body)
    fill(record.attributes, attributes or {})
    rewrite_logs(request, request.SerializeToString())
    return record


def text(content: str) -> dict[str, Any]:
    """Return a text part."""
    return {"type": "text", "content": content}


def message(role: str, *parts: Any, **more: Any) -> dict[str, Any]:
    """Return a canonical message; a part given as text is a text part."""
    return {"role": role, "parts": [text(p) if isinstance(p, str) else p for p in parts], **more}


def loads(value: str) -> Any:
    """Parse JSON."""
    return orjson.loads(value)


def dumps(value: Any) -> str:
    """Write JSON."""
    return orjson.dumps(value).decode()
