"""Turn a request body into the signal's protobuf message, with every attribute value flat."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from google.protobuf.message import DecodeError

from collector.errors import Undecodable
from collector.otlp_json import parse_json
from collector.places import spans_at
from collector.salvage import salvage
from collector.signals import Signal
from collector.structured import flatten, structured_places

_MOST_PARTS: Final = 5_000_000
"""Messages in one request. A parsed one takes some hundred bytes, an empty one two on the wire: without a bound, a
request of 64 MiB could take gigabytes. The most attributes that fit a request of real spans are a fifth of this."""

_PART_MARKS: Final = {"application/x-protobuf": b"\x12", "application/json": b"{"}
"""What there is at least one of for each message: the tag that spans and attribute values have, and JSON's brace."""


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
    if len(body) > _MOST_PARTS and body.count(_PART_MARKS[encoding]) > _MOST_PARTS:
        raise Undecodable(
            f"The request holds more than {_MOST_PARTS} messages, most of them empty. Send fewer at a time."
        )
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
