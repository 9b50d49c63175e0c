"""The span processor: puts the context on spans that start, and queues those that end."""

from collections.abc import Iterable
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from groundwire._context import STARTING, attributes_of
from groundwire._delivery import Delivery
from groundwire._notices import failed

_EMPTY_SPAN_BYTES: Final = 600  # what one takes in memory and on the wire before any attribute
_SMALL: Final = frozenset({bool, int, float, type(None)})


class GroundwireProcessor(SpanProcessor):
    """Stands beside whatever processors the app's provider has."""

    def __init__(self, delivery: Delivery[ReadableSpan], exit_timeout_s: float) -> None:
        self._delivery = delivery
        self._exit_timeout_s = exit_timeout_s
        self._ended = False

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Put tenant, session and so on on the span; what it was started with stays."""
        if STARTING.has_values or self._ended:
            return
        try:
            values = attributes_of(parent_context)
            if values:
                own = attributes_copied(span)
                if own:
                    values = {key: values[key] for key in values if key not in own}
                if values:
                    span.set_attributes(values)
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
    attributes = attributes_copied(span)
    size = _EMPTY_SPAN_BYTES + 60 * len(attributes)
    for value in attributes.values():
        kind = type(value)
        if kind is str:
            size += len(value)
        elif kind not in _SMALL:
            size += _size_of_values((value,))
    # Both properties copy what is behind them, and mostly that is nothing.
    if getattr(span, "_events", True):
        for event in span.events:
            size += 200 + _size_of_values((event.attributes or {}).values())
    if getattr(span, "_links", True):
        size += 100 * len(span.links)
    return size


def attributes_copied(span: ReadableSpan) -> dict[str, Any]:
    """Return a span's attributes as a plain dictionary: far quicker to ask than the span's own mapping."""
    return span.attributes.copy()  # type: ignore[union-attr, no-any-return] # the proxy has the dictionary's


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
