from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from collector.signals import Signal
from tests.collector.otlp import EXAMPLES, MemorySpool, add_span, traces


def export(
    address: str,
    signal: Signal,
    body: bytes,
    *,
    method: str = "Export",
    timeout: float | None = 10,
    **options: Any,
) -> bytes:
    """Call Export with raw bytes, and give the raw response."""
    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary(
            f"/{signal.protocol.service}/{method}",
            request_serializer=None,
            response_deserializer=None,
        )
        response: bytes = call(body, timeout=timeout, **options)
        return response


def refusal(address: str, signal: Signal, body: bytes, **options: Any) -> Any:
    """Call Export expecting it to fail, and give the error."""
    with pytest.raises(grpc.RpcError) as failure:
        export(address, signal, body, **options)
    return failure.value


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
@pytest.mark.parametrize("signal", Signal)
def test_requests_are_spooled_as_they_came(
    grpc_address: str, spool: MemorySpool, signal: Signal, compression: grpc.Compression
) -> None:
    """A sound request is answered with an empty response and spooled byte for byte."""
    request, items = EXAMPLES[signal]
    body = request.SerializeToString()

    assert export(grpc_address, signal, body, compression=compression) == b""
    assert (spool.only.signal, spool.only.project) == (signal, "default")
    assert (spool.only.body, spool.only.accepted) == (body, items)


def test_calls_without_a_deadline_are_taken(grpc_address: str, spool: MemorySpool) -> None:
    """A client that sets no deadline, as collectors may, is served like any other."""
    body = traces().SerializeToString()

    assert export(grpc_address, Signal.TRACES, body, timeout=None) == b""
    assert spool.only.body == body


def test_the_project_comes_from_metadata(grpc_address: str, spool: MemorySpool) -> None:
    """The project in the call's metadata is passed on to the spool."""
    metadata = [("x-groundwire-project", "shop")]

    export(grpc_address, Signal.TRACES, traces().SerializeToString(), metadata=metadata)

    assert spool.only.project == "shop"


def test_bad_project_names_are_refused(grpc_address: str, spool: MemorySpool) -> None:
    """Metadata that is no project's name is an invalid argument."""
    metadata = [("x-groundwire-project", "No Such")]

    error = refusal(grpc_address, Signal.TRACES, b"", metadata=metadata)

    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert spool.stored == []


def test_bad_spans_are_refused_singly(grpc_address: str, spool: MemorySpool) -> None:
    """Partial success is answered as over HTTP."""
    request = traces()
    add_span(request, trace_id=bytes(16))

    response = Signal.TRACES.protocol.response.FromString(
        export(grpc_address, Signal.TRACES, request.SerializeToString())
    )

    assert response.partial_success.rejected_spans == 1
    assert (spool.only.accepted, spool.only.rejected) == (1, 1)


@pytest.mark.parametrize("signal", Signal)
def test_undecodable_requests_are_invalid(grpc_address: str, signal: Signal) -> None:
    """What is not the service's request is INVALID_ARGUMENT with BadRequest details."""
    error = refusal(grpc_address, signal, b"\xff\xff")

    status = status_pb2.Status.FromString(
        dict(error.trailing_metadata())["grpc-status-details-bin"]
    )
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "not a protobuf-encoded Export" in error.details()
    assert status.details[0].Is(error_details_pb2.BadRequest.DESCRIPTOR)


def test_too_large_requests_exhaust_resources(grpc_address: str, spool: MemorySpool) -> None:
    """A message over the limit is RESOURCE_EXHAUSTED without RetryInfo, so never sent again."""
    error = refusal(grpc_address, Signal.TRACES, bytes(1024 * 1024 + 1))

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert not [key for key, _ in error.trailing_metadata() or () if "retry" in key]
    assert spool.stored == []


def test_a_gzip_bomb_exhausts_resources(grpc_address: str) -> None:
    """The limit holds for what a message decompresses to."""
    error = refusal(
        grpc_address, Signal.TRACES, bytes(2 * 1024 * 1024), compression=grpc.Compression.Gzip
    )

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_full_spool_asks_to_come_back(grpc_address: str, spool: MemorySpool) -> None:
    """While the spool pushes back, calls are UNAVAILABLE with RetryInfo where clients look."""
    spool.full_for_s = 2.5

    error = refusal(grpc_address, Signal.TRACES, traces().SerializeToString())

    trailers = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    standard = error_details_pb2.RetryInfo()
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert status.details[0].Unpack(standard)
    assert standard == error_details_pb2.RetryInfo.FromString(trailers["google.rpc.retryinfo-bin"])
    assert standard.retry_delay.ToTimedelta().total_seconds() == 2.5


def test_a_failing_disk_asks_to_come_back(grpc_address: str, spool: MemorySpool) -> None:
    """A request that could not be made durable is UNAVAILABLE, so that clients send it again."""
    spool.disk_fails = True

    error = refusal(grpc_address, Signal.TRACES, traces().SerializeToString())

    assert error.code() is grpc.StatusCode.UNAVAILABLE


def test_other_methods_are_unimplemented(grpc_address: str) -> None:
    """Only Export exists."""
    error = refusal(grpc_address, Signal.TRACES, b"", method="Import")

    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


def test_empty_requests_succeed(grpc_address: str, spool: MemorySpool) -> None:
    """A request without items is answered success and not spooled."""
    assert export(grpc_address, Signal.LOGS, b"") == b""
    assert spool.stored == []
