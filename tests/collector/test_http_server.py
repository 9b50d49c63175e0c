import gzip
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import zstandard
from google.protobuf import json_format
from google.rpc import code_pb2, error_details_pb2, status_pb2

from collector.door import Door
from collector.http_server import http_app
from collector.receive import Receiver
from collector.signals import Signal
from storage.control.control import Control
from tests.collector.otlp import (
    EXAMPLES,
    JSON_TRACES,
    HttpClient,
    MemorySpool,
    add_span,
    logs,
    traces,
)

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


def raw_deflate(body: bytes) -> bytes:
    """Compress without the zlib header, as some clients do for deflate."""
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


COMPRESSIONS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "none": ("", bytes),
    "identity": ("identity", bytes),
    "gzip": ("gzip", gzip.compress),
    "upper case": ("GZIP", gzip.compress),
    "members": ("gzip", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:])),
    "padded": ("gzip", lambda body: gzip.compress(body) + bytes(2000)),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "zstd": ("zstd", lambda body: zstandard.ZstdCompressor(write_checksum=True).compress(body)),
    "zstd stream": (
        "zstd",
        lambda body: (
            zstandard.ZstdCompressor().compressobj().compress(b"")
            + zstandard.ZstdCompressor(write_content_size=False).compress(body)
        ),
    ),
}


def post(
    http: HttpClient,
    body: bytes | str,
    content_type: str = PROTOBUF,
    path: str = "/v1/traces",
    **headers: str,
) -> Any:
    """Send one request; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items() if value}
    if content_type:
        named["content-type"] = content_type
    return http.post(path, content=body, headers=named)


def status_of(response: Any) -> status_pb2.Status:
    """Read the Status an error carries, in the encoding the response claims."""
    if response.headers["content-type"] == JSON:
        return json_format.Parse(response.content, status_pb2.Status())
    assert response.headers["content-type"] == PROTOBUF
    return status_pb2.Status.FromString(response.content)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("signal", Signal)
def test_protobuf_is_spooled_as_it_came(
    http: HttpClient, spool: MemorySpool, signal: Signal, compression: str
) -> None:
    """A sound protobuf request is answered 200 with no body and spooled byte for byte."""
    request, items = EXAMPLES[signal]
    body = request.SerializeToString()
    encoding, compress = COMPRESSIONS[compression]

    response = post(http, compress(body), path=f"/v1/{signal}", content_encoding=encoding)

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == PROTOBUF
    assert (spool.only.signal, spool.only.body) == (signal, body)
    assert (spool.only.accepted, spool.only.rejected) == (items, 0)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_json_is_spooled_as_protobuf(
    http: HttpClient, spool: MemorySpool, compression: str
) -> None:
    """A sound JSON request is answered with an empty JSON object and spooled as protobuf."""
    encoding, compress = COMPRESSIONS[compression]

    response = post(http, compress(JSON_TRACES.encode()), JSON, content_encoding=encoding)

    assert (response.status_code, response.json()) == (200, {})
    assert response.headers["content-type"] == JSON
    span = spool.only.request.resource_spans[0].scope_spans[0].spans[0]
    assert span.trace_id.hex() == "5b8efff798038103d269b633813fc60c"


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("ending", ["", "/"])
def test_a_slash_at_the_end_changes_nothing(
    http: HttpClient, spool: MemorySpool, signal: Signal, ending: str
) -> None:
    """Each path is served with and without a slash at its end, without a redirect."""
    body = EXAMPLES[signal][0].SerializeToString()

    assert post(http, body, path=f"/v1/{signal}{ending}").status_code == 200
    assert spool.only.signal is signal


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"],
)
def test_content_type_is_a_media_type(http: HttpClient, content_type: str) -> None:
    """Parameters and letter case of the Content-Type do not matter."""
    response = post(http, JSON_TRACES, content_type)

    assert response.status_code == 200
    assert response.headers["content-type"] == JSON


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/grpc", "/", "*/*"])
def test_other_content_types_are_refused(
    http: HttpClient, spool: MemorySpool, content_type: str
) -> None:
    """A missing or unknown Content-Type is answered 415 with a JSON Status."""
    response = post(http, JSON_TRACES.encode(), content_type)

    assert response.status_code == 415
    assert "Content-Type must be" in status_of(response).message
    assert spool.stored == []


@pytest.mark.parametrize("encoding", ["br", "gzip, zstd", "snappy", "gzipp"])
def test_other_content_encodings_are_refused(http: HttpClient, encoding: str) -> None:
    """An encoding we do not read, or two at once, is answered 415 and says so."""
    response = post(http, b"", content_encoding=encoding)

    assert response.status_code == 415
    assert "Content-Encoding" in status_of(response).message


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_is_served(http: HttpClient, method: str) -> None:
    """Any other method is answered 405, naming POST."""
    response = http.request(method, "/v1/traces", headers={"content-type": PROTOBUF})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        assert status_of(response).code == code_pb2.UNIMPLEMENTED


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON, ""])
@pytest.mark.parametrize("path", ["/", "/v1", "/v1/profiles", "/v2/traces", "/v1/traces/x"])
def test_unknown_paths_are_not_found(http: HttpClient, path: str, content_type: str) -> None:
    """Any other path is answered 404 with a Status in the request's encoding."""
    response = post(http, b"", content_type, path=path)

    assert response.status_code == 404
    assert response.headers["content-type"] == (content_type or JSON)
    assert "/v1/traces" in status_of(response).message


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xff\xff", PROTOBUF),
        (JSON_TRACES.encode(), PROTOBUF),
        (traces().SerializeToString(), JSON),
        (b"", JSON),
        (b"{", JSON),
        (b"[]", JSON),
        (b'{"resourceSpans": 1}', JSON),
    ],
)
@pytest.mark.parametrize("signal", Signal)
def test_undecodable_bodies_are_refused(
    http: HttpClient, signal: Signal, body: bytes, content_type: str
) -> None:
    """What is not the signal's request is answered 400 with BadRequest details."""
    body = body.replace(b"resourceSpans", f"resource{signal.capitalize()}".encode()).replace(
        b"resourceTraces", b"resourceSpans"
    )

    response = post(http, body, content_type, path=f"/v1/{signal}")

    status = status_of(response)
    details = error_details_pb2.BadRequest()
    assert response.status_code == 400
    assert response.headers["content-type"] == content_type
    assert status.code == code_pb2.INVALID_ARGUMENT
    assert status.details[0].Unpack(details)
    assert details.field_violations[0].description == status.message


def test_json_faults_are_named_by_their_path(http: HttpClient) -> None:
    """A JSON value of the wrong kind is named by path and never repeated."""
    body = JSON_TRACES.replace('"1544712660000000000"', '"secret prompt"')

    response = post(http, body, JSON)

    path = "$.resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano"
    assert response.json()["details"][0]["fieldViolations"][0]["field"] == path
    assert response.json()["message"].startswith(f"{path} must be an integer")
    assert "secret" not in response.text


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
@pytest.mark.parametrize("damage", ["corrupt", "truncated", "empty", "plain"])
def test_damaged_compression_is_refused(http: HttpClient, encoding: str, damage: str) -> None:
    """Compressed data that is corrupt or cut off is answered 400."""
    body = traces(50).SerializeToString()
    whole = COMPRESSIONS[encoding][1](body)
    middle = len(whole) // 2
    damaged = {
        "corrupt": whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :],
        "truncated": whole[:-1] if encoding != "deflate" else whole[:middle],
        "empty": b"",
        "plain": body,
    }[damage]

    response = post(http, damaged, content_encoding=encoding)

    assert response.status_code == 400
    assert encoding in status_of(response).message or damage == "corrupt"


@pytest.mark.parametrize("compression", ["none", "gzip", "deflate", "zstd"])
@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_too_large_bodies_are_refused(
    http: HttpClient, spool: MemorySpool, content_type: str, compression: str
) -> None:
    """A body over the limit, before or after decompression, is answered 413."""
    encoding, compress = COMPRESSIONS[compression]

    response = post(http, compress(bytes(1024 * 1024 + 1)), content_type, content_encoding=encoding)

    assert response.status_code == 413
    assert status_of(response).code == code_pb2.RESOURCE_EXHAUSTED
    assert "1048576 bytes" in status_of(response).message
    assert spool.stored == []


async def endless() -> AsyncIterator[bytes]:
    """Send far more than any limit, in chunks."""
    for _ in range(1000):
        yield bytes(100_000)


def test_a_body_of_unknown_length_is_bounded(http: HttpClient) -> None:
    """A chunked body is refused as soon as it passes the limit."""
    response = http.post(
        "/v1/traces",
        content=endless(),
        headers={"content-type": PROTOBUF},
    )

    assert response.status_code == 413


def test_large_bodies_are_taken(http: HttpClient, spool: MemorySpool) -> None:
    """A request of many spans just under the limit is taken whole."""
    request = traces(10_000)

    response = post(http, gzip.compress(request.SerializeToString()), content_encoding="gzip")

    assert response.status_code == 200
    assert spool.only.accepted == 10_000


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
@pytest.mark.parametrize(("full_for_s", "seconds"), [(0.2, "1"), (2.5, "3")])
def test_a_full_spool_asks_to_come_back(
    http: HttpClient, spool: MemorySpool, full_for_s: float, seconds: str, content_type: str
) -> None:
    """While the spool pushes back, requests are answered 503 with Retry-After and RetryInfo."""
    spool.full_for_s = full_for_s

    response = post(http, JSON_TRACES, content_type)

    retry = error_details_pb2.RetryInfo()
    assert (response.status_code, response.headers["retry-after"]) == (503, seconds)
    assert status_of(response).code == code_pb2.UNAVAILABLE
    assert status_of(response).details[0].Unpack(retry)
    assert retry.retry_delay.ToTimedelta().total_seconds() == full_for_s


def test_a_failing_disk_asks_to_come_back(http: HttpClient, spool: MemorySpool) -> None:
    """A request that could not be made durable is answered 503, so that clients send it again."""
    spool.disk_fails = True

    response = post(http, JSON_TRACES, JSON)

    assert (response.status_code, response.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize(("body", "content_type"), [(b"", PROTOBUF), (b"{}", JSON)])
def test_empty_requests_succeed(
    http: HttpClient, spool: MemorySpool, signal: Signal, body: bytes, content_type: str
) -> None:
    """A request without items is answered success and not spooled."""
    response = post(http, body, content_type, path=f"/v1/{signal}")

    assert response.status_code == 200
    assert response.content == body
    assert spool.stored == []


def test_bad_spans_are_refused_singly(http: HttpClient, spool: MemorySpool) -> None:
    """Spans without proper ids are left out, counted and explained; the others are kept."""
    request = traces()
    add_span(request, trace_id=b"short")
    add_span(request, trace_id=b"")
    add_span(request, span_id=bytes(8))

    response = post(http, request.SerializeToString())

    partial = Signal.TRACES.protocol.response.FromString(response.content).partial_success
    assert response.status_code == 200
    assert partial.rejected_spans == 3
    assert partial.error_message == (
        "3 spans rejected: 2 with a trace_id that is not 16 bytes, 1 with a zero span_id."
    )
    assert (spool.only.accepted, spool.only.rejected) == (1, 3)
    assert spool.only.request == traces()


def test_partial_success_in_json_counts_with_a_string(http: HttpClient, spool: MemorySpool) -> None:
    """In JSON the count of refused spans is a string, as 64-bit integers are."""
    response = post(http, JSON_TRACES.replace("EEE19B7EC3C1B174", "EEE1"), JSON)

    assert response.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert (spool.only.accepted, spool.only.rejected, spool.only.body) == (0, 1, b"")


def test_logs_sent_to_the_traces_path_get_a_hint(http: HttpClient, spool: MemorySpool) -> None:
    """When no span has a trace id, the answer says where logs and metrics belong."""
    request = logs()
    for name in ("trace_id", "span_id"):
        request.resource_logs[0].scope_logs[0].log_records[0].ClearField(name)

    response = post(http, request.SerializeToString())

    partial = Signal.TRACES.protocol.response.FromString(response.content).partial_success
    assert partial.rejected_spans == 1
    assert "/v1/logs" in partial.error_message
    assert (spool.only.accepted, spool.only.rejected) == (0, 1)


def test_logs_that_cannot_be_spans_get_a_hint(http: HttpClient) -> None:
    """Logs with trace ids do not parse as spans; the answer says to check what is sent here."""
    response = post(http, logs().SerializeToString())

    assert response.status_code == 400
    assert "sends traces here" in status_of(response).message


@pytest.mark.parametrize("project", ["default", "a", "shop-2_eu", "0" * 63])
def test_the_project_comes_from_its_header(
    http: HttpClient, spool: MemorySpool, project: str
) -> None:
    """The project header is passed on to the spool."""
    assert post(http, JSON_TRACES, JSON, x_groundwire_project=project).status_code == 200
    assert spool.only.project == project


def test_without_a_header_the_project_is_default(http: HttpClient, spool: MemorySpool) -> None:
    """Requests that name no project go to `default`."""
    post(http, JSON_TRACES, JSON)

    assert spool.only.project == "default"


@pytest.mark.parametrize("project", ["-a", "A", "a b", "ä", "a" * 64, "a/../b"])
def test_bad_project_names_are_refused(http: HttpClient, spool: MemorySpool, project: str) -> None:
    """A header that is no project's name is answered 400."""
    response = http.post(
        "/v1/traces",
        content=JSON_TRACES,
        headers={"content-type": JSON, "x-groundwire-project": project.encode()},
    )

    assert response.status_code == 400
    assert "x-groundwire-project" in status_of(response).message
    assert spool.stored == []


def preflight(spool: MemorySpool, control: Control, origins: list[str], origin: str) -> Any:
    """Ask, as a browser does before it posts, whether pages of `origin` may."""
    app = http_app(
        Receiver(spool), Door(control, is_loopback=True), max_body_bytes=1024, cors_origins=origins
    )
    return HttpClient(app).request(
        "OPTIONS",
        "/v1/traces",
        headers={
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type,traceparent,x-groundwire-project",
        },
    )


def test_configured_origins_may_send(spool: MemorySpool, control: Control) -> None:
    """A preflight from a configured origin is allowed, with the headers it asks for."""
    response = preflight(spool, control, ["https://app.example"], "https://app.example")

    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert "x-groundwire-project" in response.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize("origins", [[], ["https://app.example"]])
def test_other_origins_may_not_send(
    spool: MemorySpool, control: Control, origins: list[str]
) -> None:
    """A preflight from any other origin is not allowed."""
    response = preflight(spool, control, origins, "https://evil.example")

    assert response.status_code >= 400
    assert "access-control-allow-origin" not in response.headers
