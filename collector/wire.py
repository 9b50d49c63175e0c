"""Write AnyValue as JSON straight from its bytes, for values that upb will not parse.

upb gives up below 100 messages, some 50 levels of AnyValue, and on any string that is not UTF-8.
This reader knows the five messages AnyValue is made of and nothing else.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any

from collector.errors import Undecodable
from collector.structured import Container, base64_text, number_text, quote

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_INT64_SIGN = 1 << 63

_ARRAY, _MAP = 5, 6  # AnyValue.array_value and .kvlist_value


class WireValues:
    """Opens AnyValue bytes for `structured.json_text`.

    A value is a pair (AnyValue field number, what stands there). `repaired` says whether any
    string had bytes that are not UTF-8, which were replaced by U+FFFD.
    """

    def __init__(self) -> None:
        self.repaired = False
        self._open: dict[int, Callable[[Any], str | Container]] = {
            1: lambda raw: quote(self.text(raw)),
            2: lambda varint: "true" if varint else "false",
            3: lambda varint: str(varint - 2 * _INT64_SIGN if varint & _INT64_SIGN else varint),
            4: lambda raw: number_text(struct.unpack("<d", raw)[0]),
            _ARRAY: lambda raw: Container(
                is_map=False, members=(("", _any_value(item)) for item in _repeated(raw))
            ),
            _MAP: lambda raw: Container(
                is_map=True, members=(self._pair(item) for item in _repeated(raw))
            ),
            7: lambda raw: quote(base64_text(bytes(raw))),
        }

    def open(self, member: tuple[int, Any] | None) -> str | Container:
        """Open one value; None is an AnyValue with nothing set."""
        if member is None:
            return "null"
        number, value = member
        return self._open[number](value)

    def text(self, raw: memoryview | bytes) -> str:
        """Decode a string, putting U+FFFD for what is not UTF-8."""
        data = bytes(raw)
        if not is_damaged(data):
            return data.decode("utf-8")
        self.repaired = True
        return data.decode("utf-8", "replace")

    def _pair(self, raw: memoryview) -> tuple[str, tuple[int, Any] | None]:
        """Read a KeyValue."""
        key: memoryview | bytes = b""
        value: tuple[int, Any] | None = None
        for number, wire_type, content in _fields(raw):
            if number == 1 and wire_type == _LENGTH:
                key = content
            elif number == 2 and wire_type == _LENGTH:
                value = _any_value(content)
        return self.text(key), value


def is_damaged(data: bytes) -> bool:
    """Tell whether bytes that should be text are not UTF-8."""
    if data.isascii():
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


_ANY_VALUE_WIRE_TYPES = {
    1: _LENGTH,
    2: _VARINT,
    3: _VARINT,
    4: _FIXED64,
    _ARRAY: _LENGTH,
    _MAP: _LENGTH,
    7: _LENGTH,
}


def _any_value(raw: memoryview) -> tuple[int, Any] | None:
    """Read an AnyValue: the last member set is the one that counts."""
    member = None
    for number, wire_type, content in _fields(raw):
        if _ANY_VALUE_WIRE_TYPES.get(number) == wire_type:
            member = (number, content)
    return member


def _repeated(raw: memoryview | bytes) -> Iterator[memoryview]:
    """Yield the members of an ArrayValue or KeyValueList: field 1 of both."""
    for number, wire_type, content in _fields(memoryview(raw)):
        if number == 1 and wire_type == _LENGTH:
            yield content


def _fields(raw: memoryview) -> Iterator[tuple[int, int, Any]]:
    """Yield (field number, wire type, content) of a message; raises Undecodable."""
    position, end = 0, len(raw)
    while position < end:
        tag, position = _varint(raw, position)
        number, wire_type = tag >> 3, tag & 7
        content: Any
        if wire_type == _VARINT:
            content, position = _varint(raw, position)
            yield number, wire_type, content
            continue
        if wire_type == _LENGTH:
            size, position = _varint(raw, position)
        elif wire_type == _FIXED64:
            size = 8
        elif wire_type == _FIXED32:
            size = 4
        else:
            raise _malformed()
        if number == 0 or position + size > end:
            raise _malformed()
        yield number, wire_type, raw[position : position + size]
        position += size


def _varint(raw: memoryview, position: int) -> tuple[int, int]:
    """Read a varint of at most 64 bits; give it and the position after it."""
    value = shift = 0
    while position < len(raw) and shift < 64:
        byte = raw[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return value & (2**64 - 1), position
        shift += 7
    raise _malformed()


def _malformed() -> Undecodable:
    return Undecodable("An attribute value in the request is not valid protobuf.")
