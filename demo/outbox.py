"""Finished spans on their way out: batched by service and encoded as OTLP, never dropped."""

from collections.abc import Iterator

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor


class Outbox:
    """Collects the ended spans of all services until they are taken as requests."""

    def __init__(self) -> None:
        self._spans: dict[str, list[ReadableSpan]] = {}

    def processor(self, service: str) -> SpanProcessor:
        """Return the span processor for a service's tracer provider."""
        return _Collector(self._spans.setdefault(service, []))

    @property
    def waiting(self) -> int:
        """Spans collected and not yet taken."""
        return sum(map(len, self._spans.values()))

    def take(self, ended_by: int | None = None) -> Iterator[tuple[bytes, int]]:
        """One serialised `ExportTraceServiceRequest` for each service, with its span count.

        With `ended_by` (Unix nanoseconds), spans that end later stay for another time.
        """
        for spans in self._spans.values():
            due = [s for s in spans if ended_by is None or (s.end_time or 0) <= ended_by]
            if due:
                later = [s for s in spans if ended_by is not None and (s.end_time or 0) > ended_by]
                spans[:] = later
                yield encode_spans(due).SerializeToString(), len(due)


class _Collector(SpanProcessor):
    def __init__(self, ended: list[ReadableSpan]) -> None:
        self._ended = ended

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing is known yet."""

    def on_end(self, span: ReadableSpan) -> None:
        """Keep the span."""
        self._ended.append(span)
