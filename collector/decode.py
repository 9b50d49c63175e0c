"""Turn a request body into the signal's protobuf message, with every attribute value flat."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.protobuf.message import DecodeError

from collector.otlp_json import parse_json
from collector.salvage import salvage
from collector.signals import Signal
from collector.structured import flatten, may_hold_structured


class Encoding(StrEnum):
    """How a request and its response are written; the value is the media type."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A parsed request; `changed` says that its original bytes no longer stand for it."""

    request: Any
    changed: bool


def decode(signal: Signal, body: bytes, encoding: Encoding) -> Decoded:
    """Parse `body`, a request of `signal`; raises Undecodable."""
    if encoding is Encoding.JSON:
        return Decoded(parse_json(signal, body), changed=True)
    try:
        request = signal.protocol.request.FromString(body)
    except DecodeError:
        return Decoded(salvage(signal, body), changed=True)
    changed = may_hold_structured(signal, body) and flatten(signal, request)
    return Decoded(request, changed)
