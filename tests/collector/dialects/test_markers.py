"""The search for signs of a dialect in a request's bytes."""

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.dialects import DIALECTS, rewrite_traces
from collector.dialects.markers import KeyMarkers
from tests.collector.dialects.otlp import add_span

_MARKERS = KeyMarkers([(m.encode(), d.name) for d in DIALECTS for m in d.markers])


def _body(*keys: str, value: str = "v") -> bytes:
    request = ExportTraceServiceRequest()
    add_span(request, dict.fromkeys(keys, value), [])
    return request.SerializeToString()


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_marker_is_found(dialect: object) -> None:
    """A span with a key that a marker begins is seen, wherever the key stands."""
    for marker in dialect.markers:  # type: ignore[attr-defined]
        key = marker.removesuffix("\x12")
        for body in (_body(key), _body("first", key, "last")):
            assert dialect.name in _MARKERS.places_in(body)  # type: ignore[attr-defined]


def test_ordinary_traffic_has_none() -> None:
    """GenAI attributes of today, and text that mentions a marker, are no signs."""
    keys = (
        "gen_ai.operation.name",
        "gen_ai.prompt.name",
        "gen_ai.prompt.variable.q",
        "gen_ai.input.messages",
        "gen_ai.request.model",
        "http.route",
    )
    assert _MARKERS.places_in(_body(*keys, value="see openinference.span.kind")) == {}


@pytest.mark.parametrize("body", [b"", b"\n", b"\n" * 15, b"\n" * 16, b"\n" * 40])
def test_bodies_too_short_for_a_key(body: bytes) -> None:
    """Bytes that hold no key hold no sign, however short."""
    assert _MARKERS.places_in(body) == {}


def test_a_short_marker_is_refused() -> None:
    """A marker that has no eight bytes at the place compared is a mistake of ours."""
    with pytest.raises(ValueError, match="shorter than 14 bytes"):
        KeyMarkers([(b"ai.prompt", "vercel")])


def test_no_sign_leaves_the_request_alone() -> None:
    """A request without a sign is unchanged and said to be."""
    request = ExportTraceServiceRequest()
    add_span(request, {"gen_ai.operation.name": "chat"}, [("exception", {"a": 1})])
    body = request.SerializeToString()
    assert not rewrite_traces(request, body)
    assert request.SerializeToString() == body
