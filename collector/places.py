"""Which spans of a request hold certain bytes of it.

What has to be changed in a request is found by searching its bytes, and most requests have few such places. Asking each
attribute of each span in Python costs 5 to 10 us a span; following the lengths from span to span costs 0.4 us, and then
only the spans that hold a place are looked at.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

_VARINT: Final = 0
_FIXED64: Final = 1
_LENGTH: Final = 2
_FIXED32: Final = 5

_RESOURCE_SPANS: Final = 1 << 3 | _LENGTH
_SCOPE_SPANS: Final = 2 << 3 | _LENGTH
_SPANS: Final = 2 << 3 | _LENGTH


def spans_at(request: Any, body: bytes, places: Sequence[int]) -> list[Any] | None:
    """Return the spans of a parsed trace request whose bytes hold one of `places`, ascending offsets into `body`.

    `body` must hold the same spans in the same order. None: the bytes cannot be followed (groups, which nobody
    writes), so it may be any span.
    """
    try:
        return list(_spans_at(request, body, places))
    except (ValueError, IndexError):
        return None


def _spans_at(request: Any, body: bytes, places: Sequence[int]) -> Iterator[Any]:
    resources = _pairs(body, 0, len(body), _RESOURCE_SPANS, request.resource_spans)
    for start, end, resource_spans in resources:
        scopes = _pairs(body, start, end, _SCOPE_SPANS, resource_spans.scope_spans)
        for scope_start, scope_end, scope_spans in scopes:
            within = [place for place in places if scope_start <= place < scope_end]
            if within:
                spans = _pairs(body, scope_start, scope_end, _SPANS, scope_spans.spans)
                yield from _holding(within, spans)


def _holding(places: list[int], spans: Iterator[tuple[int, int, Any]]) -> Iterator[Any]:
    coming = iter(places)
    place = next(coming, None)
    for start, end, span in spans:
        while place is not None and place < start:
            place = next(coming, None)
        if place is not None and place < end:
            yield span


def _pairs(
    data: bytes, start: int, end: int, tag: int, messages: Any
) -> Iterator[tuple[int, int, Any]]:
    """Yield (start, end, parsed message) of each field with this tag; ValueError if bytes and messages differ."""
    for (first, last), message in zip(_fields(data, start, end, tag), messages, strict=True):
        yield first, last, message


def _fields(data: bytes, position: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Yield where the content of each length-delimited field with tag `wanted` begins and ends."""
    while position < end:
        tag, position = _varint(data, position)
        kind = tag & 7
        if kind == _LENGTH:
            length, position = _varint(data, position)
            if tag == wanted:
                yield position, position + length
            position += length
        elif kind == _VARINT:
            _, position = _varint(data, position)
        elif kind == _FIXED64:
            position += 8
        elif kind == _FIXED32:
            position += 4
        else:
            raise ValueError(f"wire type {kind} cannot be followed")


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """Return a varint and the position after it."""
    byte = data[position]
    position += 1
    if byte < 0x80:
        return byte, position
    value, shift = byte & 0x7F, 7
    while (byte := data[position]) > 0x7F:
        value |= (byte & 0x7F) << shift
        shift += 7
        position += 1
    return value | byte << shift, position + 1
