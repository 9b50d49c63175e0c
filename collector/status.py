"""Write the answers of OTLP: export responses and google.rpc.Status errors, in both encodings."""

import math
from typing import Any

from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2, status_pb2

from collector.checks import Verdict
from collector.decode import Encoding
from collector.errors import ComeBack, Refused
from collector.signals import Signal


def export_response(signal: Signal, verdict: Verdict) -> Any:
    """Make the response to a request that was taken.

    `partial_success` stays unset when there is nothing to say, as the specification demands.
    """
    protocol = signal.protocol
    response = protocol.response()
    message = verdict.message(protocol.noun)
    if message:
        setattr(response.partial_success, protocol.rejected_field, verdict.rejected)
        response.partial_success.error_message = message
    return response


def refused_status(error: Refused) -> Any:
    """Make the Status of a request that is not to be sent again as it is."""
    status = status_pb2.Status(code=error.grpc_code, message=error.message)
    if error.grpc_code == code_pb2.INVALID_ARGUMENT:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=error.field, description=error.message
        )
        status.details.add().Pack(error_details_pb2.BadRequest(field_violations=[violation]))
    return status


def unavailable_status(error: ComeBack) -> Any:
    """Make the Status of a request to be sent again later; its RetryInfo says when."""
    status = status_pb2.Status(code=code_pb2.UNAVAILABLE, message=str(error))
    status.details.add().Pack(retry_info(error))
    return status


def retry_info(error: ComeBack) -> Any:
    """Say when to send a request again, as gRPC does."""
    delay = Duration()
    delay.FromNanoseconds(round(error.retry_after_s * 1e9))
    return error_details_pb2.RetryInfo(retry_delay=delay)


def retry_after(error: ComeBack) -> str:
    """Say when to send a request again, as HTTP does: in whole seconds, at least one."""
    return str(max(1, math.ceil(error.retry_after_s)))


def plain_status(code: int, message: str) -> Any:
    """Make a Status without details; `code` is one of google.rpc.Code."""
    return status_pb2.Status(code=code, message=message)


def encode(message: Any, encoding: Encoding) -> bytes:
    """Write a response or Status the way its request was written."""
    if encoding is Encoding.PROTOBUF:
        body: bytes = message.SerializeToString()
        return body
    return json_format.MessageToJson(message, indent=None).encode()
