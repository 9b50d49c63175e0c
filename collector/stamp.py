"""The stamp that the spool puts on each request: fields of ours, appended to the request's own bytes.

Appending fields to a serialised protobuf message is valid protobuf, so the request is not encoded again. Of a field
that stands twice the last one counts by the specification, but the engine keeps neither of two texts: what a sender has
put there is taken out first (`is_clean`), so that the stamp is ours alone. `storage.otlp` reads the same fields.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

_FIXED64: Final = 1
_LENGTH_DELIMITED: Final = 2
_FIXED32: Final = 5


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _tag(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


_REQUESTS: Final = 1 << 3 | _LENGTH_DELIMITED
"""The tag of resource_spans, resource_logs and resource_metrics, the one field that each request has."""

_PROJECT: Final = _tag(1000, _LENGTH_DELIMITED)
_RECEIVED: Final = _tag(1001, _FIXED64)
_ACCEPTED: Final = _tag(1002, _FIXED32)
_REJECTED: Final = _tag(1003, _FIXED32)
_CRC: Final = _tag(1004, _FIXED32)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the spool knows of a request. Times in nanoseconds since 1970, UTC."""

    project: str
    received_unix_nano: int
    accepted: int
    """Spans, log records or data points in the request."""
    rejected: int
    """Those that were refused singly and are not in it."""


def record(body: bytes, stamp: Stamp) -> bytes:
    """Return the request with its stamp, length-delimited: one message of ClickHouse's `Protobuf` format."""
    project = stamp.project.encode()
    tail = b"".join((
        _PROJECT, _varint(len(project)), project,
        _RECEIVED, struct.pack("<Q", stamp.received_unix_nano),
        _ACCEPTED, struct.pack("<I", stamp.accepted),
        _REJECTED, struct.pack("<I", stamp.rejected),
        _CRC, struct.pack("<I", zlib.crc32(body)),
    ))  # fmt: skip
    return _varint(len(body) + len(tail)) + body + tail


def is_clean(body: bytes) -> bool:
    """Tell whether a well-formed request has nothing at its top but what OTLP puts there: one field, number 1.

    Looks at each such field's head, not into it. False also for what cannot be followed.
    """
    position = 0
    while position < len(body):
        tag, position = _read_varint(body, position)
        if tag != _REQUESTS:
            return False
        length, position = _read_varint(body, position)
        if length < 0:
            return False
        position += length
    return position == len(body)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a segment: where it lies and what its stamp says."""

    start: int
    end: int
    stamp: Stamp


def read_records(data: bytes) -> Iterator[Record]:
    """Yield the whole records at the front of `data`; stop at the first that is torn or damaged."""
    position = 0
    while position < len(data):
        start = position
        length, position = _read_varint(data, position)
        end = position + length
        if length <= 0 or end > len(data):
            return
        stamp = _read_stamp(data[position:end])
        if stamp is None:
            return
        yield Record(start, end, stamp)
        position = end


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Return (value, position after it); value -1 when the varint is cut off or too long."""
    value = shift = 0
    while position < len(data) and shift < 64:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    return -1, position


def _read_stamp(message: bytes) -> Stamp | None:
    """Return the stamp, or None when there is none or the bytes before it are not those it was made for."""
    try:
        parsed = _StampMessage.FromString(message)
    except DecodeError:
        return None
    project = parsed.project.encode()
    tail = 4 * 2 + 8 + 3 * 4 + len(_PROJECT) + len(_varint(len(project))) + len(project)
    if not parsed.project or zlib.crc32(message[:-tail]) != parsed.crc:
        return None
    return Stamp(parsed.project, parsed.received_unix_nano, parsed.accepted, parsed.rejected)


def _stamp_message() -> Any:
    """Build the message that holds only the stamp's fields; all others are skipped as unknown."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="groundwire/stamp.proto", package="groundwire", syntax="proto3"
    )
    message = file.message_type.add(name="Stamp")
    for name, number, kind in (
        ("project", 1000, kinds.TYPE_STRING),
        ("received_unix_nano", 1001, kinds.TYPE_FIXED64),
        ("accepted", 1002, kinds.TYPE_FIXED32),
        ("rejected", 1003, kinds.TYPE_FIXED32),
        ("crc", 1004, kinds.TYPE_FIXED32),
    ):
        message.field.add(name=name, number=number, type=kind, label=kinds.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("groundwire.Stamp"))


_StampMessage = _stamp_message()
