"""Content policies, applied to the encoded request: the last step before the wire.

A mask sees the protobuf message, not the app's spans, so other exporters get those unchanged, and
whatever convention put a text wherever it may stand in OTLP, it passes here: resources, scopes,
names, attributes at any depth, events, links, status messages, log records. A span that a mask
cannot deal with is not sent.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from groundwire._notices import NOTICES, failed


class Mask(ABC):
    """Changes texts of a message in place."""

    @abstractmethod
    def attributes(self, attributes: Any) -> None:
        """Mask the keys and values of a repeated KeyValue."""

    @abstractmethod
    def text(self, text: str) -> str:
        """Mask text that is free to hold anything: a status message, a body."""

    @abstractmethod
    def span_name(self, name: str, attributes: Any) -> str:
        """Mask a span's name; `attributes` are the span's, already masked."""

    @abstractmethod
    def label(self, text: str) -> str:
        """Mask the name of an event or a scope."""

    def trace_state(self, state: str) -> str:
        """Mask what other vendors put beside a span's ids."""
        return state


def mask_spans(request: Any, mask: Mask) -> None:
    """Mask an ExportTraceServiceRequest."""
    for resource_spans in request.resource_spans:
        mask.attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            _mask_scope(scope_spans.scope, mask)
            _mask_each(scope_spans.spans, "span", lambda span: _mask_span(span, mask))


def mask_records(request: Any, mask: Mask) -> None:
    """Mask an ExportLogsServiceRequest."""
    for resource_logs in request.resource_logs:
        mask.attributes(resource_logs.resource.attributes)
        for scope_logs in resource_logs.scope_logs:
            _mask_scope(scope_logs.scope, mask)
            _mask_each(
                scope_logs.log_records, "evaluation", lambda record: _mask_record(record, mask)
            )


def _mask_scope(scope: Any, mask: Mask) -> None:
    scope.name = mask.label(scope.name)
    scope.version = mask.label(scope.version)
    mask.attributes(scope.attributes)


def _mask_each(items: Any, unit: str, change: Any) -> None:
    """Change every item; take out those that cannot be changed."""
    unmasked = []
    for index, item in enumerate(items):
        try:
            change(item)
        except Exception as error:  # noqa: BLE001, PERF203 - what cannot be masked must not leave
            failed("the content policy", error)
            unmasked.append(index)
    for index in reversed(unmasked):
        del items[index]
    if unmasked:
        text = f"{{amount}} {unit}(s) dropped: the content policy could not be applied"
        NOTICES.say(f"{unit}:unmasked", text, len(unmasked))


def _mask_span(span: Any, mask: Mask) -> None:
    mask.attributes(span.attributes)
    span.name = mask.span_name(span.name, span.attributes)
    span.trace_state = mask.trace_state(span.trace_state)
    if span.status.message:
        span.status.message = mask.text(span.status.message)
    for event in span.events:
        event.name = mask.label(event.name)
        mask.attributes(event.attributes)
    for link in span.links:
        link.trace_state = mask.trace_state(link.trace_state)
        mask.attributes(link.attributes)


def _mask_record(record: Any, mask: Mask) -> None:
    mask.attributes(record.attributes)
    if record.event_name:
        record.event_name = mask.label(record.event_name)
    record.severity_text = mask.label(record.severity_text)
    if record.HasField("body"):
        for value in strings_of([record.body]):
            value.string_value = mask.text(value.string_value)


def strings_of(values: Iterable[Any]) -> Iterator[Any]:
    """Yield every AnyValue at or below these that holds a string, arrays and key-value lists opened."""
    for value in values:
        kind = value.WhichOneof("value")
        if kind == "string_value":
            yield value
        elif kind == "array_value":
            yield from strings_of(value.array_value.values)
        elif kind == "kvlist_value":
            yield from strings_of(entry.value for entry in value.kvlist_value.values)


def plain(value: Any) -> Any:
    """Return an AnyValue as Python has it; bytes as their number."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(one) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {entry.key: plain(entry.value) for entry in value.kvlist_value.values}
    if kind == "bytes_value":
        return f"({len(value.bytes_value)} bytes)"
    return getattr(value, kind) if kind else None
