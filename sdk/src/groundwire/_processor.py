"""The span processor: puts the context on spans that start, and queues those that end."""

from collections.abc import Iterable
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from groundwire._context import attributes_of
from groundwire._delivery import Delivery
from groundwire._notices import failed

_EMPTY_SPAN_BYTES = 600  # what one takes in memory and on the wire before any attribute


class GroundwireProcessor(SpanProcessor):
    """Stands beside whatever processors the app's provider has."""

    def __init__(self, delivery: Delivery[ReadableSpan], exit_timeout_s: float) -> None:
        self._delivery = delivery
        self._exit_timeout_s = exit_timeout_s
        self._ended = False

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Put tenant, session and so on on the span; what it was started with stays."""
        if self._ended:
            return
        try:
            values = attributes_of(parent_context)
            if values:
                own = span.attributes or {}
                span.set_attributes({key: values[key] for key in values if key not in own})
        except Exception as error:  # noqa: BLE001 - an app must not fail because it is traced
            failed("putting context on a span", error)

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a sampled span."""
        if span.context is None or not span.context.trace_flags.sampled:
            return
        try:
            self._delivery.put(span, size_of(span))
        except Exception as error:  # noqa: BLE001 - as above
            failed("queueing a span", error)

    def shutdown(self) -> None:
        """Send what waits, within the time that an exit may take, and take nothing more."""
        self.stop(self._exit_timeout_s)

    def stop(self, timeout_s: float) -> None:
        """Do the same within that time. A provider has no way to let go of a processor: it stays, idle."""
        self._ended = True
        self._delivery.close(timeout_s)

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Send what waits now."""
        return self._delivery.flush(timeout_millis / 1000)


def size_of(span: ReadableSpan) -> int:
    """Return about how many bytes a span's texts take; one pass over what is there, nothing is encoded."""
    size = _EMPTY_SPAN_BYTES
    attributes = span.attributes
    if attributes:
        # The proxy's copy is the plain dictionary below it: far quicker to go through than the mapping.
        size += _size_of_values(attributes.copy().values())  # type: ignore[attr-defined]
    for event in span.events:
        size += 200 + _size_of_values((event.attributes or {}).values())
    return size + 100 * len(span.links)


def _size_of_values(values: Iterable[Any]) -> int:
    size = 0
    for value in values:
        if isinstance(value, (str, bytes)):  # a union costs three times as much
            size += len(value)
        elif isinstance(value, dict):
            size += _size_of_values(value) + _size_of_values(value.values())
        elif isinstance(value, tuple | list):
            size += 16 * len(value) + _size_of_values(value)
    return size
