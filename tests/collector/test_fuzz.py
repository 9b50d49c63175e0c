"""No input, however damaged, is answered with a server error."""

import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.door import Door
from collector.http_server import http_app
from collector.receive import Receiver
from collector.signals import Signal
from storage.control.control import default_url, open_control
from tests.collector.otlp import EXAMPLES, JSON_TRACES, HttpClient, MemorySpool
from tests.collector.test_structured import nested, structured_everywhere

CONTENT_TYPES = ["application/x-protobuf", "application/json", "application/JSON ; a=b", "x", ""]
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
    "br": bytes,
}


def seeds() -> list[tuple[Signal, str, bytes]]:
    """Give sound and odd requests of every signal in both encodings."""
    found = [(Signal.TRACES, "application/json", JSON_TRACES.encode())]
    for requests in (structured_everywhere(), {s: r for s, (r, _) in EXAMPLES.items()}):
        for signal, request in requests.items():
            found.append((signal, "application/x-protobuf", request.SerializeToString()))
    found.append((Signal.TRACES, "application/x-protobuf", nested(300)))
    return found


def mutate(generator: random.Random, body: bytes) -> bytes:
    """Damage a body in a few places: flip, cut, repeat, insert."""
    damaged = bytearray(body)
    for _ in range(generator.randint(1, 6)):
        at = generator.randrange(len(damaged) + 1)
        match generator.randrange(5):
            case 0 if at < len(damaged):
                damaged[at] = generator.randrange(256)
            case 1 if at < len(damaged):
                damaged[at] ^= 1 << generator.randrange(8)
            case 2:
                del damaged[at : at + generator.randint(1, 20)]
            case 3:
                damaged[at:at] = damaged[at : at + generator.randint(1, 50)]
            case _:
                damaged[at:at] = generator.randbytes(generator.randint(1, 8))
    return bytes(damaged)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Return a door that stands open: one for all examples."""
    control = open_control(default_url(tmp_path_factory.mktemp("control")))
    yield Door(control, is_loopback=True)
    control.close()


def assert_sound(response: Any, spool: MemorySpool) -> None:
    """Check the answer, and that what was spooled, if anything, is a sound request."""
    assert response.status_code in (200, 400, 413, 415), response.content
    for stored in spool.stored:
        assert "array_value" not in str(stored.request)
        assert stored.accepted + stored.rejected > 0
    spool.stored.clear()


@pytest.mark.parametrize("seed", range(6))
def test_damaged_requests_never_fail_the_server(door: Door, seed: int) -> None:
    """Requests damaged at random are taken, taken in part, or refused with a 4xx."""
    generator = random.Random(seed)
    spool = MemorySpool()
    http = HttpClient(http_app(Receiver(spool), door, max_body_bytes=100_000, cors_origins=[]))
    for _ in range(150):
        signal, content_type, body = generator.choice(seeds())
        body = mutate(generator, body)
        encoding = generator.choice(list(ENCODINGS))
        body = ENCODINGS[encoding](body)
        if generator.random() < 0.1:
            body = mutate(generator, body)
        headers = {"content-type": content_type, "content-encoding": encoding}
        assert_sound(http.post(f"/v1/{signal}", content=body, headers=headers), spool)


@settings(max_examples=200)
@given(
    signal=st.sampled_from(list(Signal)),
    content_type=st.sampled_from(CONTENT_TYPES),
    encoding=st.sampled_from(list(ENCODINGS)),
    body=st.binary(max_size=200),
)
def test_any_bytes_never_fail_the_server(
    door: Door, signal: Signal, content_type: str, encoding: str, body: bytes
) -> None:
    """Arbitrary bytes under any headers are answered without a server error."""
    spool = MemorySpool()
    http = HttpClient(http_app(Receiver(spool), door, max_body_bytes=100_000, cors_origins=[]))
    headers = {"content-type": content_type, "content-encoding": encoding}

    for sent in (body, ENCODINGS[encoding](body)):
        assert_sound(http.post(f"/v1/{signal}", content=sent, headers=headers), spool)


# OTLP's own names, so that what is made up gets past the first levels.
JSON_NAMES = ["resourceSpans", "scopeSpans", "spans", "resourceLogs", "scopeLogs", "logRecords"]
JSON_NAMES += ["resourceMetrics", "scopeMetrics", "metrics", "gauge", "dataPoints", "asInt"]
JSON_NAMES += ["resource", "attributes", "key", "value", "arrayValue", "values", "stringValue"]
JSON_NAMES += ["body", "traceId", "spanId"]
DOCUMENTS: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("ab" * 16),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(JSON_NAMES), inner, max_size=4)
    ),
    max_leaves=25,
)


@settings(max_examples=200)
@given(signal=st.sampled_from(list(Signal)), document=DOCUMENTS)
def test_any_json_never_fails_the_server(door: Door, signal: Signal, document: Any) -> None:
    """Arbitrary JSON made of OTLP's own names is answered without a server error."""
    spool = MemorySpool()
    http = HttpClient(http_app(Receiver(spool), door, max_body_bytes=100_000, cors_origins=[]))

    response = http.post(
        f"/v1/{signal}",
        content=json.dumps(document),
        headers={"content-type": "application/json"},
    )

    assert_sound(response, spool)


def test_damaged_requests_never_fail_the_grpc_server(grpc_address: str) -> None:
    """Over gRPC too, damaged requests are taken or INVALID_ARGUMENT, never INTERNAL."""
    generator = random.Random(1)
    with grpc.insecure_channel(grpc_address) as channel:
        for _ in range(200):
            signal, _, body = generator.choice(seeds())
            method = f"/{signal.protocol.service}/Export"
            call = channel.unary_unary(method, request_serializer=None, response_deserializer=None)
            try:
                call(mutate(generator, body), timeout=10)
            except grpc.RpcError as error:
                assert error.code() is grpc.StatusCode.INVALID_ARGUMENT  # noqa: PT017 - both ends are right
