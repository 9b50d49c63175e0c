"""Read protobuf requests that upb refuses although little is wrong with them.

One string that is not UTF-8 (C++, Rust and eBPF emitters cut text mid-character), or one value
nested below upb's limit, would otherwise cost a whole batch. The request is parsed again with a
private copy of the schema in which every string, array and key-value list is plain bytes; strings
are mended with U+FFFD, structured values become JSON text, and what comes out is valid.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError

from collector.errors import Undecodable
from collector.signals import Signal
from collector.structured import base64_text, json_text
from collector.wire import WireValues, is_damaged

# Set on each span and log record in which text had to be mended.
REPAIRED_ATTRIBUTE = "groundwire.utf8_repaired"

_ANY_VALUE = "opentelemetry.proto.common.v1.AnyValue"
_STRUCTURED_NUMBERS = {"array_value": 5, "kvlist_value": 6, "bytes_value": 7}


def salvage(signal: Signal, body: bytes) -> Any:
    """Parse a damaged request; structured values in it are JSON text already.

    A span or log record is marked with REPAIRED_ATTRIBUTE when its own text, or that of its
    resource or scope, was mended. Data points are not: an attribute would make another series of
    them. Raises Undecodable when the bytes are not this signal's request at all.
    """
    request_class = _lenient_schema().requests[signal]
    try:
        request = request_class.FromString(body)
    except DecodeError as error:
        raise _not_a_request(signal) from error
    if signal is Signal.TRACES:
        _mend_traces(request)
    elif signal is Signal.LOGS:
        _mend_logs(request)
    else:
        _mend(request)
    try:
        return signal.protocol.request.FromString(request.SerializeToString())
    except DecodeError as error:
        raise _not_a_request(signal) from error


def _not_a_request(signal: Signal) -> Undecodable:
    name = signal.protocol.request.DESCRIPTOR.name
    return Undecodable(
        f"The body is not a protobuf-encoded {name}. Check that the exporter sends {signal} here,"
        " that it names the right encoding, and that nothing changed the body on its way."
    )


def _mend_traces(request: Any) -> None:
    for resource_spans in request.resource_spans:
        of_resource = _mend(resource_spans.resource)
        _mend_schema_url(resource_spans)
        for scope_spans in resource_spans.scope_spans:
            of_scope = _mend(scope_spans.scope) or of_resource
            _mend_schema_url(scope_spans)
            for span in scope_spans.spans:
                repaired = _mend(span) or of_scope
                _mark(span, repaired=repaired)


def _mend_logs(request: Any) -> None:
    for resource_logs in request.resource_logs:
        of_resource = _mend(resource_logs.resource)
        _mend_schema_url(resource_logs)
        for scope_logs in resource_logs.scope_logs:
            of_scope = _mend(scope_logs.scope) or of_resource
            _mend_schema_url(scope_logs)
            for record in scope_logs.log_records:
                repaired = _mend(record) or of_scope
                _mark(record, repaired=repaired)


def _mark(item: Any, *, repaired: bool) -> None:
    """Say on a span or log record that its text is not quite what was sent."""
    if repaired:
        item.attributes.add(key=REPAIRED_ATTRIBUTE.encode()).value.bool_value = True


def _mend_schema_url(message: Any) -> None:
    message.schema_url = WireValues().text(message.schema_url).encode()


def _mend(message: Any) -> bool:
    """Make the strings of a message valid and its structured values text; tell if any was not."""
    values = WireValues()
    _mend_with(values, message, _lenient_schema())
    return values.repaired


def _mend_with(values: WireValues, message: Any, schema: "_LenientSchema") -> None:
    if message.DESCRIPTOR is schema.any_value:
        _mend_any_value(values, message)
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for child in value if field.is_repeated else (value,):
                _mend_with(values, child, schema)
        elif field not in schema.strings:
            continue
        elif field.is_repeated:
            value[:] = [values.text(item).encode() for item in value]
        elif is_damaged(value):
            setattr(message, field.name, values.text(value).encode())


def _mend_any_value(values: WireValues, value: Any) -> None:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        if is_damaged(value.string_value):
            value.string_value = values.text(value.string_value).encode()
    elif kind == "bytes_value":
        value.string_value = base64_text(value.bytes_value).encode()
    elif kind in _STRUCTURED_NUMBERS:
        member = (_STRUCTURED_NUMBERS[kind], memoryview(getattr(value, kind)))
        value.string_value = json_text(member, values.open).encode()


@dataclass(frozen=True, slots=True)
class _LenientSchema:
    """The private schema: its request classes, its AnyValue, and the fields that were strings."""

    requests: dict[Signal, Any]
    any_value: Descriptor
    strings: frozenset[FieldDescriptor]


@cache
def _lenient_schema() -> _LenientSchema:
    """Copy the OTLP schema into a pool of its own, with bytes for strings and nested values."""
    pool = descriptor_pool.DescriptorPool()
    strings: set[str] = set()
    added: set[str] = set()

    def add(file: Any) -> None:
        if file.name in added:
            return
        added.add(file.name)
        for dependency in file.dependencies:
            add(dependency)
        copy = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(copy)
        for message in copy.message_type:
            _loosen(message, f"{copy.package}.{message.name}", strings)
        pool.AddSerializedFile(copy.SerializeToString())

    requests = {}
    for signal in Signal:
        official = signal.protocol.request.DESCRIPTOR
        add(official.file)
        descriptor = pool.FindMessageTypeByName(official.full_name)
        requests[signal] = message_factory.GetMessageClass(descriptor)
    return _LenientSchema(
        requests,
        any_value=pool.FindMessageTypeByName(_ANY_VALUE),
        strings=frozenset(map(pool.FindFieldByName, strings)),
    )


def _loosen(message: Any, full_name: str, strings: set[str]) -> None:
    """Turn the strings, and AnyValue's nested members, of one message type into bytes."""
    for field in message.field:
        if field.type == FieldDescriptor.TYPE_STRING:
            strings.add(f"{full_name}.{field.name}")
        elif not (full_name == _ANY_VALUE and field.name in _STRUCTURED_NUMBERS):
            continue
        field.type = FieldDescriptor.TYPE_BYTES
        field.ClearField("type_name")
    for nested in message.nested_type:
        _loosen(nested, f"{full_name}.{nested.name}", strings)
