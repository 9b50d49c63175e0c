"""Read single values of OTLP/JSON: numbers, ids and attribute values."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import Any

from collector.structured import Container, json_text, number_text, quote

_INTEGER = re.compile(r"-?\d{1,20}", re.ASCII)
_INT64 = range(-(2**63), 2**63)

# Stands for an id that cannot be read: of no right length, so that the check refuses the item.
NOT_AN_ID = b"\xff"

_MEMBERS = {
    name: kind
    for kind in ("string", "bool", "int", "double", "array", "kvlist", "bytes")
    for name in (f"{kind}Value", f"{kind}_value")
}


class Misfit(Exception):  # noqa: N818 - it never leaves the decoder
    """A JSON value that its field cannot take; the path to it grows as it passes each level."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.path = ""

    def within(self, part: str | int) -> "Misfit":
        """Note the name or index under which the value stood."""
        step = f"[{part}]" if isinstance(part, int) else f".{part}"
        self.path = step + self.path
        return self


def read_integer(value: Any) -> int:
    """Read an integer that may stand as a number, a whole float or a decimal string."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise Misfit("an integer, as a number or a decimal string")


def read_int64(value: Any) -> int:
    """Read an integer of 64 bits with sign."""
    number = read_integer(value)
    if number not in _INT64:
        raise Misfit("an integer between -2^63 and 2^63-1")
    return number


def read_double(value: Any) -> float:
    """Read a double, which may stand as a string, also as NaN, Infinity or -Infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Misfit("a number")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise Misfit("a number, or one of the strings NaN, Infinity and -Infinity") from None


def read_string(value: Any) -> str:
    """Read a string."""
    if not isinstance(value, str):
        raise Misfit("a string")
    return value


def read_bool(value: Any) -> bool:
    """Read a boolean."""
    if not isinstance(value, bool):
        raise Misfit("true or false")
    return value


def read_object(value: Any) -> dict[str, Any]:
    """Read an object; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Misfit("an object")
    return value


def read_list(value: Any) -> list[Any]:
    """Read a list; null is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Misfit("a list")
    return value


def read_id(value: Any, length: int) -> bytes:
    """Read an id of `length` bytes: hex, or the base64 that some older SDKs send.

    What can be neither becomes NOT_AN_ID, for the check to refuse that one item.
    """
    text = read_string(value)
    if len(text) in _base64_lengths(length):
        try:
            return base64.b64decode(text.rstrip("=") + "=" * (-length % 3), validate=True)
        except binascii.Error:
            return NOT_AN_ID
    try:
        return binascii.unhexlify(text)
    except ValueError:
        return NOT_AN_ID


def _base64_lengths(length: int) -> tuple[int, int]:
    """Give how long `length` bytes are in base64, with padding and without."""
    padded = (length + 2) // 3 * 4
    return padded, padded - (-length % 3)


def read_any_value(target: Any, value: Any) -> None:
    """Set an AnyValue message from its JSON; a structured one becomes JSON text."""
    if not isinstance(value, dict):
        _set_plain(target, value)
        return
    member = _member(value)
    if member is None:
        return
    kind, content = member
    if kind == "string":
        target.string_value = read_string(content)
    elif kind == "int":
        target.int_value = read_int64(content)
    elif kind == "bool":
        target.bool_value = read_bool(content)
    elif kind == "double":
        target.double_value = read_double(content)
    elif kind == "bytes":
        target.string_value = read_string(content)
    else:
        target.string_value = json_text(value, _open_any_value)


def read_attributes(attributes: Any, value: Any) -> None:
    """Fill a list of KeyValue from its JSON list, or from the object some SDKs send instead."""
    if isinstance(value, dict):
        for key, plain in value.items():
            target = attributes.add(key=key).value
            if isinstance(plain, dict) and plain and plain.keys() <= _MEMBERS.keys():
                read_any_value(target, plain)
            else:
                _set_plain(target, plain)
        return
    for index, item in enumerate(read_list(value)):
        try:
            _read_key_value(attributes, read_object(item))
        except Misfit as misfit:
            raise misfit.within(index)  # noqa: B904 - the same exception, on its way up


def _read_key_value(attributes: Any, item: dict[str, Any]) -> None:
    key = item.get("key")
    if key is not None and not isinstance(key, str):
        raise Misfit("a string").within("key")
    attribute = attributes.add(key=key or "")
    value = item.get("value")
    if value is not None:
        try:
            read_any_value(attribute.value, value)
        except Misfit as misfit:
            raise misfit.within("value")  # noqa: B904


def _set_plain(target: Any, value: Any) -> None:
    """Set an AnyValue message from a JSON value that is just that."""
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int) and value in _INT64:
        target.int_value = value
    elif isinstance(value, int | float):
        target.double_value = value
    elif value is not None:
        target.string_value = json_text(value, _open_plain)


def _member(value: dict[str, Any]) -> tuple[str, Any] | None:
    """Find which member of an AnyValue object is set; the last one counts, as in protobuf."""
    found = None
    for name, content in value.items():
        kind = _MEMBERS.get(name)
        if kind is not None and content is not None:
            found = (kind, content)
    return found


def _open_any_value(value: Any) -> str | Container:
    """Open an AnyValue object for `json_text`."""
    if not isinstance(value, dict):
        return _open_plain(value)
    member = _member(value)
    if member is None:
        return "null"
    kind, content = member
    return _OPEN[kind](content)


def _pairs(values: Any) -> Iterator[tuple[str, Any]]:
    """Yield the members of a KeyValueList."""
    if isinstance(values, dict):
        yield from values.items()
        return
    for item in read_list(values):
        pair = read_object(item)
        yield read_string(pair.get("key") or ""), pair.get("value")


def _open_bool(value: Any) -> str:
    return "true" if read_bool(value) else "false"


def _open_array(value: Any) -> Container:
    values = read_list(read_object(value).get("values"))
    return Container(is_map=False, members=(("", item) for item in values))


def _open_map(value: Any) -> Container:
    return Container(is_map=True, members=_pairs(read_object(value).get("values")))


_OPEN: dict[str, Callable[[Any], str | Container]] = {
    "string": lambda value: quote(read_string(value)),
    "bytes": lambda value: quote(read_string(value)),
    "int": lambda value: str(read_int64(value)),
    "bool": _open_bool,
    "double": lambda value: number_text(read_double(value)),
    "array": _open_array,
    "kvlist": _open_map,
}


def _open_plain(value: Any) -> str | Container:
    """Open a JSON value that is just that for `json_text`."""
    if isinstance(value, dict):
        return Container(is_map=True, members=iter(value.items()))
    if isinstance(value, list):
        return Container(is_map=False, members=(("", item) for item in value))
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    return "null" if value is None else str(value)
