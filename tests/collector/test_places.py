"""From offsets into a request's bytes to the spans that stand there."""

import random

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.places import spans_at


def request_of(resources: int, scopes: int, spans: int) -> ExportTraceServiceRequest:
    """Make a request whose spans are named by their number and differ in length."""
    generator = random.Random(5)
    request = ExportTraceServiceRequest()
    number = 0
    for _ in range(resources):
        resource = request.resource_spans.add(schema_url="https://example.org/resource")
        resource.resource.attributes.add(key="service.name").value.string_value = "shop"
        for _ in range(scopes):
            scope = resource.scope_spans.add(schema_url="https://example.org/scope")
            scope.scope.name = "shop.tracing"
            for _ in range(spans):
                span = scope.spans.add(name=f"span-{number}.", flags=1, start_time_unix_nano=1)
                span.attributes.add(key="text").value.string_value = "x" * generator.randrange(400)
                number += 1
    return request


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 300), (3, 2, 5)])
def test_every_place_leads_to_its_span(shape: tuple[int, int, int]) -> None:
    """A place within a span gives that span alone, however the request is divided."""
    request = request_of(*shape)
    body = request.SerializeToString()
    count = shape[0] * shape[1] * shape[2]
    for number in range(count):
        place = body.index(f"span-{number}.".encode())
        assert [span.name for span in spans_at(request, body, [place]) or ()] == [f"span-{number}."]


def test_many_places_give_each_span_once() -> None:
    """Several places in one span give it once, and spans come in their order."""
    request = request_of(2, 2, 4)
    body = request.SerializeToString()
    places = sorted(body.index(f"span-{n}.".encode()) + more for n in (3, 9, 15) for more in (0, 2))
    assert [span.name for span in spans_at(request, body, places) or ()] == [
        "span-3.",
        "span-9.",
        "span-15.",
    ]


def test_places_outside_spans_give_none_of_them() -> None:
    """What stands in resources and scopes belongs to no span."""
    request = request_of(2, 1, 2)
    body = request.SerializeToString()
    places = [
        body.index(b"service.name"),
        body.index(b"shop.tracing"),
        body.rindex(b"example.org/resource"),
    ]
    assert spans_at(request, body, sorted(places)) == []


def test_bytes_that_cannot_be_followed_give_no_answer() -> None:
    """A group, or bytes of another request, are no ground to leave spans out."""
    request = request_of(1, 1, 2)
    body = request.SerializeToString()
    group = b"\x1b\x1c"  # field 3, start and end
    assert spans_at(request, group + body, [len(body)]) is None
    assert spans_at(request_of(1, 1, 3), body, [body.index(b"span-1.")]) is None
