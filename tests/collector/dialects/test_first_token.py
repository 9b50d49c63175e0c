"""Time to the first token, where only an event tells it."""

from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.dialects import rewrite_traces
from collector.dialects.first_token import TIME_TO_FIRST_CHUNK
from tests.collector.dialects.otlp import START, add_span, read


def seconds(names: dict[str, int], attributes: dict[str, Any] | None = None) -> Any:
    """Send a span with events so many milliseconds after its start; return the time to its first token."""
    request = ExportTraceServiceRequest()
    span = add_span(request, attributes or {}, [(name, {}) for name in names])
    for event, milliseconds in zip(span.events, names.values(), strict=True):
        event.time_unix_nano = START + milliseconds * 10**6
    rewrite_traces(request, request.SerializeToString())
    return read(span.attributes).get(TIME_TO_FIRST_CHUNK)


@pytest.mark.parametrize(
    "event",
    ["First Token Stream Event", "gen_ai.content.completion.chunk", "llm.content.completion.chunk"],
)
def test_event_of_the_first_token(event: str) -> None:
    """The first event of a token tells the seconds since the span began."""
    assert seconds({"something else": 10, event: 250}) == 0.25


def test_a_figure_told_is_kept() -> None:
    """What the instrumentation measured itself is not replaced."""
    assert seconds({"First Token Stream Event": 250}, {TIME_TO_FIRST_CHUNK: 0.2}) == 0.2


def test_no_figure_from_a_clock_that_went_back() -> None:
    """An event before its span's start gives no time."""
    assert seconds({"First Token Stream Event": -5}) is None
