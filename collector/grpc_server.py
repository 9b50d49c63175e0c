"""OTLP over gRPC: the Export method of the trace, logs and metrics services.

Requests are taken as raw bytes: the generated servicers answer any undecodable body with INTERNAL,
which clients do not understand, and leave us nothing to salvage.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NoReturn

import grpc

from collector.decode import Encoding
from collector.door import Door
from collector.errors import ComeBack, Refused, SpoolFull
from collector.receive import Receiver
from collector.signals import Signal
from collector.status import refused_status, retry_info, unavailable_status

logger = logging.getLogger(__name__)

# Each waits for its request to be durable, so there are more than the processor has cores.
_THREADS = 32

# A request is durable within milliseconds; one that is not by now never will be.
_LONGEST_WAIT_S = 60.0

# How soon to come back after the disk failed under a request.
_AFTER_FAILURE_S = 1.0

_CODES = {code.value[0]: code for code in grpc.StatusCode}

_OPTIONS = (
    # Two servers on one port would share its connections without a word.
    ("grpc.so_reuseport", 0),
    # Go clients and collectors ping every 10 s when told to keep alive; the default here is 300 s,
    # after which they are sent away with too_many_pings.
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_concurrent_streams", 128),
    # Connections are closed now and then, so that a load balancer can spread them anew.
    ("grpc.max_connection_age_ms", 600_000),
    ("grpc.max_connection_age_grace_ms", 60_000),
)


def grpc_server(
    receiver: Receiver, door: Door, *, host: str, port: int, max_body_bytes: int
) -> tuple[grpc.Server, int]:
    """Make the OTLP/gRPC server, not started yet, and tell the port it is bound to.

    Port 0 takes a free one. `max_body_bytes` bounds a message after decompression; grpc answers
    larger ones with RESOURCE_EXHAUSTED. Raises RuntimeError when the port is taken.
    """
    server = grpc.server(
        ThreadPoolExecutor(_THREADS, thread_name_prefix="otlp-grpc"),
        options=(*_OPTIONS, ("grpc.max_receive_message_length", max_body_bytes)),
    )
    server.add_generic_rpc_handlers([_service(receiver, door, signal) for signal in Signal])
    address = f"[{host}]" if ":" in host else host
    return server, server.add_insecure_port(f"{address}:{port}")


# The annotation is quoted because the class is generic in its type stubs only.
def _service(
    receiver: Receiver, door: Door, signal: Signal
) -> "grpc.GenericRpcHandler[bytes, Any]":
    """Make the service of one signal, with its one method."""
    export = grpc.unary_unary_rpc_method_handler(
        partial(_export, receiver, door, signal),
        request_deserializer=None,
        response_serializer=_serialize,
    )
    return grpc.method_handlers_generic_handler(signal.protocol.service, {"Export": export})


def _serialize(message: Any) -> bytes:
    body: bytes = message.SerializeToString()
    return body


def _export(
    receiver: Receiver, door: Door, signal: Signal, body: bytes, context: grpc.ServicerContext
) -> Any:
    """Take one request and answer it once it is durable."""
    try:
        project = door.project(_text_metadata(context))
        receiver.admit()
        receipt = receiver.receive(signal, project, body, Encoding.PROTOBUF)
        receipt.stored.result(timeout=_time_to_wait_s(context))
    except Refused as error:
        receiver.note_refusal(signal, error)
        _abort(context, refused_status(error))
    except ComeBack as error:
        receiver.note_refusal(signal, error)
        _abort_unavailable(context, error)
    except OSError:  # TimeoutError too: the client's deadline passed first
        logger.exception("A %s request could not be made durable.", signal)
        _abort_unavailable(context, SpoolFull(_AFTER_FAILURE_S))
    return receipt.response


def _time_to_wait_s(context: grpc.ServicerContext) -> float:
    """Return what is left of the call's time. A call without a deadline has more than a lock can wait."""
    remaining: float | None = context.time_remaining()
    return _LONGEST_WAIT_S if remaining is None else min(remaining, _LONGEST_WAIT_S)


def _text_metadata(context: grpc.ServicerContext) -> dict[str, str]:
    """Give the call's metadata, less what gRPC marks as binary."""
    metadata = context.invocation_metadata()
    return {key: value for key, value in metadata if isinstance(value, str)}


def _abort_unavailable(context: grpc.ServicerContext, error: ComeBack) -> NoReturn:
    """Ask the client to come back; the Python SDK reads only the second of the two places."""
    info = retry_info(error).SerializeToString()
    _abort(context, unavailable_status(error), ("google.rpc.retryinfo-bin", info))


def _abort(context: grpc.ServicerContext, status: Any, *trailers: tuple[str, bytes]) -> NoReturn:
    """End the call with a google.rpc.Status."""
    details = ("grpc-status-details-bin", status.SerializeToString())
    context.set_trailing_metadata((details, *trailers))
    context.abort(_CODES[status.code], status.message)
    raise AssertionError("grpc's abort always raises")
