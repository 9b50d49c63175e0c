import contextlib
import json
import math
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.errors import Undecodable
from collector.otlp_json import parse_json
from collector.salvage import REPAIRED_ATTRIBUTE
from collector.signals import Signal
from tests.collector.otlp import EXAMPLES, JSON_TRACES, PARENT_ID, SPAN_ID, TRACE_ID


def span_json(**fields: Any) -> dict[str, Any]:
    """Make the JSON of a sound span, with `fields` set over it."""
    return {"traceId": TRACE_ID.hex(), "spanId": SPAN_ID.hex(), "name": "chat"} | fields


def parse_span(**fields: Any) -> Any:
    """Parse a trace request of one span with these fields."""
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [span_json(**fields)]}]}]}
    request = parse_json(Signal.TRACES, json.dumps(document).encode())
    return request.resource_spans[0].scope_spans[0].spans[0]


def parse_value(value: Any) -> Any:
    """Parse one attribute value."""
    return parse_span(attributes=[{"key": "k", "value": value}]).attributes[0].value


def test_a_whole_request() -> None:
    """The example of the specification is read field for field."""
    (resource_spans,) = parse_json(Signal.TRACES, JSON_TRACES.encode()).resource_spans

    (scope_spans,) = resource_spans.scope_spans
    (span,) = scope_spans.spans
    assert resource_spans.resource.attributes[0].value.string_value == "shop"
    assert scope_spans.scope.name == "test"
    assert (span.trace_id, span.span_id, span.parent_span_id) == (TRACE_ID, SPAN_ID, PARENT_ID)
    assert (span.kind, span.status.code) == (3, 2)
    assert span.start_time_unix_nano == 1544712660000000000
    assert span.end_time_unix_nano == 1544712661000000000
    assert span.attributes[0].value.int_value == 9007199254740993


@pytest.mark.parametrize("signal", Signal)
def test_what_protobuf_writes_as_json_is_read_back(signal: Signal) -> None:
    """Every field of each signal survives protobuf's own JSON, its base64 ids included."""
    request = EXAMPLES[signal][0]
    for preserving in (True, False):
        text = json_format.MessageToJson(
            request, preserving_proto_field_name=preserving, use_integers_for_enums=preserving
        )

        assert parse_json(signal, text.encode()) == request


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TRACE_ID.hex(), TRACE_ID),
        (TRACE_ID.hex().upper(), TRACE_ID),
        ("W47/95gDgQPSabYzgT/GDA==", TRACE_ID),
        ("W47/95gDgQPSabYzgT/GDA", TRACE_ID),
        ("", b""),
        ("ab", b"\xab"),
        ("not hex at all", b"\xff"),
        ("5b 8e ff f7", b"\xff"),
    ],
)
def test_ids_are_hex_or_base64(text: str, expected: bytes) -> None:
    """Ids are read as hex of either case, or base64; others are left to be refused singly."""
    assert parse_span(traceId=text).trace_id == expected


def test_unknown_and_null_fields_are_ignored() -> None:
    """Fields we do not know and nulls, at any level, leave the defaults."""
    span = parse_span(name=None, shiny={"new": [1]}, attributes=None, status={"x": 1, "code": None})

    assert span.name == ""
    assert span.status.code == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12", 12), (12, 12), (12.0, 12), ("-9223372036854775808", -(2**63)), (2**63 - 1, 2**63 - 1)],
)
def test_integers_may_be_strings_or_numbers(value: Any, expected: int) -> None:
    """64-bit integers are exact however they are written."""
    assert parse_value({"intValue": value}).int_value == expected


@pytest.mark.parametrize("value", [1, 1.0, "1", "1e0"])
def test_doubles_may_be_strings_or_numbers(value: Any) -> None:
    """Doubles are read from numbers and strings."""
    assert parse_value({"doubleValue": value}).double_value == 1.0


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_doubles_that_json_cannot_write_are_strings(text: str) -> None:
    """NaN and the infinities are read from their names."""
    value = parse_value({"doubleValue": text}).double_value

    assert math.isnan(value) if text == "NaN" else value == float(text)


@pytest.mark.parametrize("kind", [3, "SPAN_KIND_CLIENT", "3"])
def test_enums_are_integers_or_names(kind: Any) -> None:
    """Enums are integers; names, which some SDKs send, are understood too."""
    assert parse_span(kind=kind).kind == 3


def test_attributes_may_be_an_object() -> None:
    """Attributes sent as a plain object are read by what their JSON values are."""
    attributes = {
        "s": "x",
        "i": 1,
        "d": 1.5,
        "b": True,
        "n": None,
        "l": [1, {"a": "b"}],
        "w": {"stringValue": "y"},
    }

    span = parse_span(attributes=attributes)

    values = {attribute.key: attribute.value for attribute in span.attributes}
    assert values["s"].string_value == "x"
    assert values["i"].int_value == 1
    assert values["d"].double_value == 1.5
    assert values["b"].bool_value is True
    assert values["n"].WhichOneof("value") is None
    assert values["l"].string_value == '[1,{"a":"b"}]'
    assert values["w"].string_value == "y"


def test_structured_values_become_json_text() -> None:
    """Lists, maps and bytes become the text that the protobuf decoder makes of them."""
    value = {
        "kvlistValue": {
            "values": [
                {"key": "a", "value": {"arrayValue": {"values": [{"intValue": "1"}, {}, None]}}},
                {"key": "b", "value": {"bytesValue": "AP8="}},
                {"key": "c", "value": {"doubleValue": "NaN"}},
                {"key": "d"},
            ]
        }
    }

    text = '{"a":[1,null,null],"b":"AP8=","c":null,"d":null}'
    assert parse_value(value).string_value == text
    assert parse_value({"bytesValue": "AP8="}).string_value == "AP8="
    assert parse_value({"arrayValue": {}}).string_value == "[]"


@pytest.mark.parametrize("depth", [300, 2000, 10_000])
def test_deep_values_survive(depth: int) -> None:
    """Values nested far below what orjson parses become JSON text all the same."""
    value = '{"arrayValue":{"values":[' * depth + '{"intValue":5}' + "]}}" * depth
    attributes = '[{"key":"deep","value":' + value + "}]"
    body = json.dumps(
        {"resourceSpans": [{"scopeSpans": [{"spans": [span_json(attributes="HERE")]}]}]}
    ).replace('"HERE"', attributes)

    request = parse_json(Signal.TRACES, body.encode())

    (attribute,) = request.resource_spans[0].scope_spans[0].spans[0].attributes
    assert attribute.value.string_value == "[" * depth + "5" + "]" * depth


@pytest.mark.parametrize(
    "body",
    [
        b'{"resourceSpans":' + b"[" * 70_000,
        b'{"a":' * 1_000_000,
        b'{"resourceSpans": [' + b'{"arrayValue":{"values":[' * 10_001,
    ],
)
def test_bottomless_json_is_refused(body: bytes) -> None:
    """Nesting beyond any use is refused, not a failure."""
    with pytest.raises(Undecodable):
        parse_json(Signal.TRACES, body)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b'"half \\ud83d"', "half \ufffd"),
        (b'"caf\xe9"', "caf\ufffd"),
        (b'"\\ud83d\\ude00\xff"', "\U0001f600\ufffd"),
    ],
)
def test_text_that_is_not_unicode_is_mended(name: bytes, text: str) -> None:
    """Half surrogate pairs and bad UTF-8 become U+FFFD, and the spans say so."""
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span_json(name="HERE")]}]}]})

    request = parse_json(Signal.TRACES, body.encode().replace(b'"HERE"', name))

    (span,) = request.resource_spans[0].scope_spans[0].spans
    assert span.name == text
    assert span.attributes[0].key == REPAIRED_ATTRIBUTE


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": 5}, "name must be a string"),
        ({"traceId": 5}, "traceId must be a string"),
        ({"attributes": 5}, "attributes must be a list"),
        ({"attributes": [5]}, "attributes[0] must be an object"),
        ({"attributes": [{"key": 5}]}, "attributes[0].key must be a string"),
        (
            {"attributes": [{}, {"key": "k", "value": {"intValue": "1.5"}}]},
            "attributes[1].value must be an integer",
        ),
        (
            {"attributes": [{"value": {"intValue": 2**64}}]},
            "attributes[0].value must be an integer",
        ),
        ({"attributes": [{"value": {"boolValue": "true"}}]}, "attributes[0].value must be true"),
        ({"attributes": [{"value": {"arrayValue": [1]}}]}, "attributes[0].value must be an object"),
        ({"events": [{"timeUnixNano": []}]}, "events[0].timeUnixNano must be an integer"),
        ({"flags": -1}, "flags must be a number that the field can hold"),
        ({"kind": "CLIENT"}, "kind must be an integer"),
        ({"status": []}, "status must be an object"),
        ({"links": {}}, "links must be a list"),
        ({"startTimeUnixNano": "9" * 5000}, "startTimeUnixNano must be an integer"),
    ],
)
def test_faults_are_named_by_their_path(fields: dict[str, Any], path: str) -> None:
    """A value of the wrong kind is named by its JSON path, with what it must be."""
    with pytest.raises(Undecodable) as refused:
        parse_span(**fields)

    assert str(refused.value).startswith(f"$.resourceSpans[0].scopeSpans[0].spans[0].{path}")
    assert refused.value.field in str(refused.value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "traceId",
                    "attributes",
                    "key",
                    "value",
                    "arrayValue",
                    "values",
                    "kvlistValue",
                    "intValue",
                    "events",
                    "status",
                    "x",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from(["attributes", "events", "links", "status", "kind", "name", "flags"]),
        JSON_VALUES,
    )
)
def test_any_json_is_read_or_refused(fields: dict[str, Any]) -> None:
    """Whatever stands in a field, it is read or refused with its path, never a failure."""
    with contextlib.suppress(Undecodable):
        parse_span(**fields)
