"""Read OTLP/JSON, which is protobuf's JSON mapping with deviations.

opentelemetry-proto `docs/specification.md`, "JSON Protobuf Encoding": ids are hex, enums integers,
64-bit integers may be strings, unknown fields are ignored, null is the default. protobuf's own
JSON parser would take hex ids for base64 without a word.

Read leniently where it is unambiguous, because SDKs in the field send it: snake_case names, enum
names, base64 ids, whole floats for integers, attributes as an object.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import orjson
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from collector import deep_json
from collector.errors import Undecodable
from collector.json_values import (
    Misfit,
    read_any_value,
    read_attributes,
    read_bool,
    read_double,
    read_id,
    read_integer,
    read_list,
    read_object,
    read_string,
)
from collector.salvage import REPAIRED_ATTRIBUTE
from collector.signals import Signal
from collector.walk import log_records, spans

_ANY_VALUE = "opentelemetry.proto.common.v1.AnyValue"
_KEY_VALUE = "opentelemetry.proto.common.v1.KeyValue"
_ID_BYTES = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}

# Puts a JSON value, never null, into one field of a message.
_Reader = Callable[[Any, Any], None]


def parse_json(signal: Signal, body: bytes) -> Any:
    """Turn an OTLP/JSON body into the signal's request message.

    Structured attribute values in it are JSON text already. When text had to be mended, because
    it was not valid Unicode, every span or log record of the request is marked so.
    Raises Undecodable with the JSON path of what is wrong.
    """
    document, repaired = _load(body)
    request = signal.protocol.request()
    try:
        _fill(request, document)
    except Misfit as misfit:
        path = f"${misfit.path}"
        raise Undecodable(f"{path} must be {misfit.expected}.", field=path) from misfit
    if repaired:
        _mark_all(signal, request)
    return request


def _load(body: bytes) -> tuple[Any, bool]:
    """Parse JSON; also tell whether text in it had to be mended."""
    try:
        return orjson.loads(body), False
    except orjson.JSONDecodeError:
        pass  # perhaps only bad Unicode or great depth, which the slower parser takes
    text = body.decode("utf-8", "replace")
    document, repaired = deep_json.loads(text)
    return document, repaired or text.encode("utf-8") != body


def _mark_all(signal: Signal, request: Any) -> None:
    """Say on every span or log record that text in the request is not quite what was sent."""
    items = {Signal.TRACES: spans, Signal.LOGS: log_records}.get(signal)
    for item in items(request) if items else ():
        item.attributes.add(key=REPAIRED_ATTRIBUTE).value.bool_value = True


def _fill(message: Any, value: Any) -> None:
    """Set the fields of `message` from a JSON object."""
    readers = _readers(message.DESCRIPTOR)
    for name, member in read_object(value).items():
        reader = readers.get(name)
        if reader is None or member is None:
            continue
        try:
            reader(message, member)
        except Misfit as misfit:
            raise misfit.within(name)  # noqa: B904 - the same exception, on its way up


@cache
def _readers(descriptor: Descriptor) -> dict[str, _Reader]:
    """Give the reader of each field of a message, under its lowerCamelCase and its own name."""
    return {
        name: _reader(field)
        for field in descriptor.fields
        for name in (field.camelcase_name, field.name)
    }


def _reader(field: FieldDescriptor) -> _Reader:
    """Choose how a field is read."""
    if field.message_type is None:
        read = partial(_read_scalars if field.is_repeated else _read_scalar, _converter(field))
        return partial(read, field.name)
    if field.message_type.full_name == _KEY_VALUE:
        return partial(_read_key_values, field.name)
    if field.message_type.full_name == _ANY_VALUE:
        return partial(_read_value, field.name)
    return partial(_read_messages if field.is_repeated else _read_message, field.name)


def _read_scalar(convert: Callable[[Any], Any], name: str, message: Any, value: Any) -> None:
    try:
        setattr(message, name, convert(value))
    except ValueError:
        raise Misfit("a number that the field can hold") from None


def _read_scalars(convert: Callable[[Any], Any], name: str, message: Any, value: Any) -> None:
    target = getattr(message, name)
    for index, item in enumerate(read_list(value)):
        try:
            target.append(convert(item))
        except ValueError:
            raise Misfit("a number that the field can hold").within(index) from None
        except Misfit as misfit:
            raise misfit.within(index)  # noqa: B904


def _read_message(name: str, message: Any, value: Any) -> None:
    child = getattr(message, name)
    child.SetInParent()
    _fill(child, value)


def _read_messages(name: str, message: Any, value: Any) -> None:
    children = getattr(message, name)
    for index, item in enumerate(read_list(value)):
        try:
            _fill(children.add(), item)
        except Misfit as misfit:
            raise misfit.within(index)  # noqa: B904


def _read_key_values(name: str, message: Any, value: Any) -> None:
    read_attributes(getattr(message, name), value)


def _read_value(name: str, message: Any, value: Any) -> None:
    target = getattr(message, name)
    target.SetInParent()
    read_any_value(target, value)


def _converter(field: FieldDescriptor) -> Callable[[Any], Any]:
    """Choose how a scalar of this field's type is read."""
    if field.name in _ID_BYTES:
        return partial(read_id, length=_ID_BYTES[field.name])
    if field.enum_type is not None:
        return partial(_read_enum, field.enum_type)
    return {
        FieldDescriptor.CPPTYPE_STRING: read_string,
        FieldDescriptor.CPPTYPE_BOOL: read_bool,
        FieldDescriptor.CPPTYPE_DOUBLE: read_double,
    }.get(field.cpp_type, read_integer)


def _read_enum(enum: EnumDescriptor, value: Any) -> int:
    """Read an enum value: its number or, leniently, its name."""
    if isinstance(value, str) and value in enum.values_by_name:
        return enum.values_by_name[value].number
    return read_integer(value)
