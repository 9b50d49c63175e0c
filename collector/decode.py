"""Turn a request body into the signal's protobuf message, with every attribute value flat."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.protobuf.message import DecodeError

from collector.otlp_json import parse_json
from collector.places import spans_at
from collector.salvage import salvage
from collector.signals import Signal
from collector.structured import flatten, structured_places


class Encoding(StrEnum):
    """How a request and its response are written; the value is the media type."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A parsed request, and protobuf that holds the same items in the same order.

    `changed` says that structured values in `request` became text, which `body` still has as they came.
    """

    request: Any
    body: bytes
    changed: bool


def decode(signal: Signal, body: bytes, encoding: Encoding) -> Decoded:
    """Parse `body`, a request of `signal`; raises Undecodable."""
    if encoding is Encoding.JSON:
        return _made(parse_json(signal, body))
    try:
        request = signal.protocol.request.FromString(body)
    except DecodeError:
        return _made(salvage(signal, body))
    places = structured_places(signal, body)
    if not places:
        return Decoded(request, body, changed=False)
    among = spans_at(request, body, places) if signal is Signal.TRACES else None
    return Decoded(request, body, changed=flatten(signal, request, among))


def _made(request: Any) -> Decoded:
    """Give a request that was not read from sound protobuf bytes of its own."""
    return Decoded(request, request.SerializeToString(), changed=False)
