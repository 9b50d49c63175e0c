"""OTLP requests decoded as a receiver would see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from demo.capture import Truth


@dataclass(frozen=True)
class SeenSpan:
    service: str
    scope: str
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str  # empty for a root
    begin: int
    end: int
    attributes: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]]
    status: int
    dropped: int


@dataclass(frozen=True)
class History:
    bodies: list[bytes]
    spans: list[SeenSpan]
    truths: list[Truth]

    @cached_property
    def traces(self) -> dict[str, list[SeenSpan]]:
        """The spans of each trace by its id."""
        found: dict[str, list[SeenSpan]] = {}
        for span in self.spans:
            found.setdefault(span.trace_id, []).append(span)
        return found


def _value(value: Any) -> Any:
    which = value.WhichOneof("value")
    if which == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, which) if which else None


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def decode(bodies: Iterable[bytes]) -> list[SeenSpan]:
    """Return all spans of the requests."""
    return [
        SeenSpan(
            service=_attributes(resource.resource.attributes)["service.name"],
            scope=scope.scope.name,
            name=span.name,
            kind=span.kind,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            begin=span.start_time_unix_nano,
            end=span.end_time_unix_nano,
            attributes=_attributes(span.attributes),
            events=[(event.name, _attributes(event.attributes)) for event in span.events],
            status=span.status.code,
            dropped=span.dropped_attributes_count,
        )
        for body in bodies
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
