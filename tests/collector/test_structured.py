import json
import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from collector.errors import Undecodable
from collector.salvage import REPAIRED_ATTRIBUTE, salvage
from collector.signals import Signal
from collector.structured import (
    MAX_DEPTH,
    flatten,
    json_text,
    open_any_value,
    structured_places,
)
from tests.collector.otlp import EXAMPLES, SPAN_ID, TRACE_ID, logs, metrics, traces

SCALARS: Any = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def any_value(tree: Any) -> AnyValue:
    """Write plain Python data as an AnyValue."""
    value = AnyValue()
    if isinstance(tree, bool):
        value.bool_value = tree
    elif isinstance(tree, str):
        value.string_value = tree
    elif isinstance(tree, int):
        value.int_value = tree
    elif isinstance(tree, float):
        value.double_value = tree
    elif isinstance(tree, bytes):
        value.bytes_value = tree
    elif isinstance(tree, list):
        value.array_value.SetInParent()
        value.array_value.values.extend(any_value(item) for item in tree)
    elif isinstance(tree, dict):
        value.kvlist_value.SetInParent()
        for key, item in tree.items():
            value.kvlist_value.values.add(key=key, value=any_value(item))
    return value


def with_attribute(value: AnyValue) -> Any:
    """Make a trace request whose span has `value` as its second attribute."""
    request = traces()
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.attributes.add(key="value").value.CopyFrom(value)
    return request


def attribute_of(request: Any) -> AnyValue:
    """Give the value that `with_attribute` put there."""
    value: AnyValue = request.resource_spans[0].scope_spans[0].spans[0].attributes[1].value
    return value


@given(TREES)
def test_json_text_means_the_same(tree: Any) -> None:
    """Any value written as JSON reads back as what it was."""
    assert json.loads(json_text(any_value(tree), open_any_value)) == tree


@given(TREES)
def test_salvage_writes_the_same_text(tree: Any) -> None:
    """The reader of damaged requests writes structured values exactly as the usual one does."""
    request = with_attribute(any_value(tree))
    salvaged = salvage(Signal.TRACES, request.SerializeToString())

    flatten(Signal.TRACES, request)

    assert salvaged == request


@given(TREES)
def test_structured_values_are_always_noticed(tree: Any) -> None:
    """The look at the bytes never misses a structured value."""
    request = with_attribute(any_value(tree))

    noticed = structured_places(Signal.TRACES, request.SerializeToString())

    if isinstance(tree, list | dict):
        assert noticed


def test_ordinary_requests_are_rarely_taken_for_structured() -> None:
    """Random ids hardly ever look like a structured value."""
    generator = random.Random(7)
    request = traces(0)
    for _ in range(20_000):
        span = request.resource_spans[0].scope_spans[0].spans.add()
        span.trace_id = generator.randbytes(16)
        span.span_id = generator.randbytes(8)
        span.parent_span_id = generator.randbytes(8)
        span.attributes.add(key="a").value.string_value = "*2: text that holds the tags"
    spans = request.resource_spans[0].scope_spans[0].spans
    batches = [traces(0) for _ in range(40)]
    for number, batch in enumerate(batches):
        batch.resource_spans[0].scope_spans[0].spans.extend(spans[number * 500 :][:500])

    taken = [structured_places(Signal.TRACES, batch.SerializeToString()) for batch in batches]

    assert sum(map(bool, taken)) <= 4


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ([], "[]"),
        ({}, "{}"),
        (["a", 1, 2.0, True, None], '["a",1,2.0,true,null]'),
        ({"ключ": "ünïcode\n"}, '{"ключ":"ünïcode\\n"}'),
        ([2**63 - 1, -(2**63)], "[9223372036854775807,-9223372036854775808]"),
        ([math.nan, math.inf, -math.inf], "[null,null,null]"),
        (b"\x00\xff", "AP8="),
        ([b"\x00\xff"], '["AP8="]'),
        ({"a": {"b": [{"c": []}]}}, '{"a":{"b":[{"c":[]}]}}'),
    ],
)
def test_structured_values_become_json(tree: Any, text: str) -> None:
    """Lists and maps become compact JSON, bytes base64."""
    request = with_attribute(any_value(tree))

    assert flatten(Signal.TRACES, request)
    assert attribute_of(request).string_value == text


def structured_everywhere() -> dict[Signal, Any]:
    """Put a list wherever each signal may have one."""
    value = any_value([1])
    trace = traces()
    resource_spans = trace.resource_spans[0]
    span = resource_spans.scope_spans[0].spans[0]
    link = span.links.add(trace_id=TRACE_ID, span_id=SPAN_ID)
    for attributes in (
        resource_spans.resource.attributes,
        resource_spans.scope_spans[0].scope.attributes,
        span.attributes,
        span.events.add(name="e").attributes,
        link.attributes,
    ):
        attributes.add(key="list", value=value)
    log = logs()
    log.resource_logs[0].scope_logs[0].log_records[0].body.CopyFrom(value)
    metric = metrics()
    gauge, histogram = metric.resource_metrics[0].scope_metrics[0].metrics
    gauge.metadata.add(key="list", value=value)
    gauge.gauge.data_points[0].exemplars.add().filtered_attributes.add(key="list", value=value)
    histogram.histogram.data_points[0].attributes.add(key="list", value=value)
    return {Signal.TRACES: trace, Signal.LOGS: log, Signal.METRICS: metric}


@pytest.mark.parametrize("signal", Signal)
def test_structured_values_are_found_wherever_they_stand(signal: Signal) -> None:
    """No level of a request keeps a list: resource, scope, span, event, link, body, exemplar."""
    request = structured_everywhere()[signal]
    body = request.SerializeToString()

    assert structured_places(signal, body)
    assert flatten(signal, request)
    assert "array_value" not in str(request)
    assert salvage(signal, body) == request


@pytest.mark.parametrize("signal", Signal)
def test_flat_requests_are_left_alone(signal: Signal) -> None:
    """A request without structured values is neither noticed nor changed."""
    request = EXAMPLES[signal][0]

    assert not structured_places(signal, request.SerializeToString())
    assert not flatten(signal, request)


def length(size: int) -> bytes:
    """Write a length as a varint."""
    out = bytearray()
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*out, size])


def field(tag: int, content: bytes) -> bytes:
    """Write one length-delimited field."""
    return bytes([tag]) + length(len(content)) + content


def nested(depth: int, innermost: bytes = b"\x18\x05") -> bytes:
    """Write a trace request with one attribute nested `depth` lists deep."""
    value = innermost
    for _ in range(depth):
        value = field(0x2A, field(0x0A, value))
    attribute = field(0x0A, b"deep") + field(0x12, value)
    span = field(0x0A, TRACE_ID) + field(0x12, SPAN_ID) + field(0x4A, attribute)
    return field(0x0A, field(0x12, field(0x12, span)))


@pytest.mark.parametrize("depth", [40, 100, 1000, MAX_DEPTH])
def test_deep_values_survive(depth: int) -> None:
    """Values nested far below what upb parses become JSON all the same."""
    span = salvage(Signal.TRACES, nested(depth)).resource_spans[0].scope_spans[0].spans[0]

    assert span.attributes[0].value.string_value == "[" * depth + "5" + "]" * depth
    assert len(span.attributes) == 1


def test_values_beyond_the_depth_limit_are_refused() -> None:
    """Nesting beyond any use is refused with a clear message."""
    with pytest.raises(Undecodable, match="nested deeper than 10000 levels"):
        salvage(Signal.TRACES, nested(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "innermost", [b"\x18", b"\x0a\x7f", b"\x1b", b"\x2a\x03\x0a\x05a", b"\x80"]
)
def test_malformed_deep_values_are_refused(innermost: bytes) -> None:
    """A deep value that is no protobuf is refused, however deep the fault lies."""
    with pytest.raises(Undecodable):
        salvage(Signal.TRACES, nested(200, innermost))


def test_text_that_is_not_utf8_is_mended() -> None:
    """Bad bytes become U+FFFD, and only the spans they stood in are marked."""
    request = traces(2)
    request.resource_spans[0].scope_spans[0].spans[1].name = "caf\N{SNOWMAN}"
    body = request.SerializeToString().replace("\N{SNOWMAN}".encode(), b"\xe2\x98 ")

    intact, mended = salvage(Signal.TRACES, body).resource_spans[0].scope_spans[0].spans

    assert mended.name == "caf\ufffd "
    assert mended.attributes[-1].key == REPAIRED_ATTRIBUTE
    assert mended.attributes[-1].value.bool_value
    assert intact == request.resource_spans[0].scope_spans[0].spans[0]


def test_mended_text_of_a_resource_marks_all_its_spans() -> None:
    """Bad bytes in a resource are seen on each of its spans."""
    request = traces(2)
    request.resource_spans[0].resource.attributes.add(key="k").value.string_value = "XY"
    body = request.SerializeToString().replace(b"XY", b"\xff\xfe")

    spans = salvage(Signal.TRACES, body).resource_spans[0].scope_spans[0].spans

    assert [span.attributes[-1].key for span in spans] == [REPAIRED_ATTRIBUTE] * 2


def test_text_within_structured_values_is_mended() -> None:
    """Bad bytes inside a list are replaced, and the span is marked."""
    body = with_attribute(any_value(["XY"])).SerializeToString().replace(b"XY", b"\xff\xfe")

    request = salvage(Signal.TRACES, body)

    assert attribute_of(request).string_value == '["\ufffd\ufffd"]'
    span = request.resource_spans[0].scope_spans[0].spans[0]
    assert span.attributes[-1].key == REPAIRED_ATTRIBUTE


def test_mended_logs_are_marked_and_metrics_are_not() -> None:
    """A log record with bad bytes is marked; a data point is not, lest it be another series."""
    log = logs().SerializeToString().replace(b"hello", b"hell\xff")
    metric = metrics().SerializeToString().replace(b"gpu.power", b"gpu.powe\xff")

    record = salvage(Signal.LOGS, log).resource_logs[0].scope_logs[0].log_records[0]
    gauge = salvage(Signal.METRICS, metric).resource_metrics[0].scope_metrics[0].metrics[0]

    assert record.body.string_value == "hell\ufffd"
    assert record.attributes[0].key == REPAIRED_ATTRIBUTE
    assert gauge.name == "gpu.powe\ufffd"
    assert not gauge.gauge.data_points[0].attributes
