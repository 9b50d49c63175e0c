"""Generate the SQL that maps OTLP attributes to canonical columns.

One `transform` turns each attribute key into a code (canonical field and priority); the codes of a span become a
small map from field to the position of the value that won, and every canonical column is a look-up in that map.
Looking each field up under each of its names instead costs about ten times as much.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from storage.conventions import FINISH_REASONS, HINTS, OPERATIONS, PROVIDERS, VERDICTS, Field, fields

INLINE_LIMIT: Final = 512
"""Bytes; a longer attribute value is stored once in `contents` and the span holds its hash."""

_POSITION_BITS: Final = 20  # a span may have a million attributes
_PRIORITY_BITS: Final = 6  # a field may have 63 sources
_LARGEST_COUNT: Final = "1e12"  # no real token count is larger; sums of hostile ones must not overflow


def _array(values: Iterable[str | int]) -> str:
    """Render a SQL array of strings or integers; JSON's quoting, in single quotes."""
    return "[" + ", ".join(str(v) if isinstance(v, int) else _quoted(v) for v in values) + "]"


def _quoted(text: str) -> str:
    return "'" + json.dumps(text, ensure_ascii=False)[1:-1].replace("'", "\\'") + "'"


def _look_up(number: int, field: Field) -> str:
    """SQL of the winning value of a field, as text; '' where no source is present."""
    own = f"value_text[position_of[{number}]]"
    if field.resource:
        return f"if(position_of[{number}] > 0, {own}, resource_text[resource_position_of[{number}]])"
    return own


def _column(number: int, field: Field) -> str:
    text = _look_up(number, field)
    if field.kind in ("text", "content"):
        return text
    number_or_null = f"if(isFinite(toFloat64OrNull({text})), toFloat64OrNull({text}), NULL)"
    if field.kind == "number":
        return number_or_null
    return f"toUInt64(least(greatest(ifNull({number_or_null}, 0), 0), {_LARGEST_COUNT}))"


def _position_of(values: str) -> str:
    """SQL of the map from field number to the position of its best value among `keys`."""
    keys, codes = [], []
    for number, field in enumerate(fields(), start=1):
        for priority, source in enumerate(field.sources):
            keys.append(source)
            codes.append((number << _PRIORITY_BITS) + priority)
    ranked = (
        f"arraySort(arrayFilter(c -> c >= {1 << _POSITION_BITS}, arrayMap((k, v, i) -> "
        f"if(v = '', 0, bitShiftLeft(transform(k, {_array(keys)}, {_array(codes)}, 0)::UInt64, {_POSITION_BITS}) + i), "
        f"keys, {values}, arrayEnumerate(keys))))"
    )
    return (
        f"mapFromArrays(arrayMap(c -> bitShiftRight(c, {_POSITION_BITS + _PRIORITY_BITS})::UInt16, {ranked}), "
        f"arrayMap(c -> bitAnd(c, {(1 << _POSITION_BITS) - 1})::UInt32, {ranked}))"
    )


_VALUE_TEXT: Final = (
    "arrayMap((s, i, d, b) -> multiIf(isNotNull(s), assumeNotNull(s), isNotNull(i), toString(assumeNotNull(i)), "
    "isNotNull(d), toString(assumeNotNull(d)), isNotNull(b), if(assumeNotNull(b), 'true', 'false'), ''), "
    "strings, ints, doubles, bools)"
)


def _attributes(attributes: str) -> str:
    """SQL of OTLP attributes as a map of text."""
    return (
        f"CAST(arrayMap(a -> (a.key, multiIf(isNotNull(a.value.string_value), assumeNotNull(a.value.string_value), "
        f"isNotNull(a.value.int_value), toString(assumeNotNull(a.value.int_value)), "
        f"isNotNull(a.value.double_value), toString(assumeNotNull(a.value.double_value)), "
        f"isNotNull(a.value.bool_value), if(assumeNotNull(a.value.bool_value), 'true', 'false'), '')), {attributes}), "
        f"'Map(String, String)')"
    )


def _split(text: str) -> str:
    """SQL that cuts a JSON array into its elements' JSON; other text is one element, '' and [] none."""
    return (
        f"multiIf({text} IN ('', '[]', 'null'), [], notEmpty(JSONExtractArrayRaw({text})), JSONExtractArrayRaw({text}), "
        f"[{text}])"
    )


# A retrieved document: its text is a content, so that a chunk is one whatever found it; id, score and the rest (title,
# url, metadata) stay on the span.
_DOCUMENT_TYPE: Final = (
    "Array(Tuple(id String, score Nullable(Float64), content String, text String, page_content String))"
)
_DOCUMENT_TEXT: Final = (
    "multiIf(f.content != '', f.content, f.text != '', f.text, f.page_content != '', f.page_content, "
    "JSONType(d) = 'String', JSONExtractString(d), d)"
)
_DOCUMENT_REST: Final = (
    "if(JSONLength(d) <= (f.id != '') + (f.content != '') + isNotNull(f.score), '', "
    "concat('{', arrayStringConcat(arrayMap(kv -> concat(toJSONString(kv.1), ':', kv.2), arrayFilter(kv -> kv.1 NOT IN "
    "('id', 'score', 'content', 'text', 'page_content'), JSONExtractKeysAndValuesRaw(d))), ','), '}'))"
)


def _text_or_json(key: str) -> str:
    return f"if(JSONType(p, '{key}') = 'String', JSONExtractString(p, '{key}'), JSONExtractRaw(p, '{key}'))"


# What a person reads in one part of a message: its text, or a tool call with arguments, or a tool's response.
_READABLE_PART: Final = (
    "arrayStringConcat(arrayFilter(x -> x != '', [JSONExtractString(p, 'content'), JSONExtractString(p, 'text'), "
    f"JSONExtractString(p, 'name'), {_text_or_json('arguments')}, {_text_or_json('response')}, {_text_or_json('result')}]), ' ')"
)

# A metric point of whatever type as one tuple; the names are the columns of `metrics`.
_POINT: Final = (
    "Tuple(type String, temporality Int32, is_monotonic Bool, attributes Map(String, String), start_ns UInt64, "
    "time_ns UInt64, value Nullable(Float64), count UInt64, sum Nullable(Float64), min Nullable(Float64), "
    "max Nullable(Float64), bounds Array(Float64), bucket_counts Array(UInt64), scale Int32, zero_count UInt64, "
    "positive_offset Int32, negative_offset Int32, negative_bucket_counts Array(UInt64), "
    "quantiles Array(Tuple(quantile Float64, value Float64)))"
)


def _points(type_: str, points: str, temporality: str, monotonic: str, measures: str) -> str:
    return (
        f"CAST(arrayMap(p -> ('{type_}', {temporality}, {monotonic}, {_attributes('p.attributes')}, "
        f"p.start_time_unix_nano, p.time_unix_nano, {measures}), {points}), 'Array({_POINT})')"
    )


def _metric_points() -> dict[str, str]:
    """SQL of the points of a metric `m`, an array a type."""
    number = "coalesce(p.as_double, toFloat64(p.as_int)), 0, NULL, NULL, NULL, [], [], 0, 0, 0, 0, [], []"
    histogram = "NULL, p.count, p.sum, p.min, p.max, p.explicit_bounds, p.bucket_counts, 0, 0, 0, 0, [], []"
    exponential = (
        "NULL, p.count, p.sum, p.min, p.max, [], p.positive.bucket_counts, p.scale, p.zero_count, "
        "p.positive.offset, p.negative.offset, p.negative.bucket_counts, []"
    )
    summary = "NULL, p.count, p.sum, NULL, NULL, [], [], 0, 0, 0, 0, [], p.quantile_values"
    return {
        "gauge_points": _points("gauge", "m.gauge.data_points", "0", "false", number),
        "sum_points": _points(
            "sum", "m.sum.data_points", "m.sum.aggregation_temporality", "m.sum.is_monotonic", number
        ),
        "histogram_points": _points(
            "histogram", "m.histogram.data_points", "m.histogram.aggregation_temporality", "false", histogram
        ),
        "exponential_points": _points(
            "exponential_histogram",
            "m.exponential_histogram.data_points",
            "m.exponential_histogram.aggregation_temporality",
            "false",
            exponential,
        ),
        "summary_points": _points("summary", "m.summary.data_points", "0", "false", summary),
        "metric_resource_attributes": _attributes("rm.resource.attributes"),
    }


def _pairs(prefix: str, values: str, mapping: Mapping[str, str]) -> dict[str, str]:
    return {prefix: _array(mapping), values: _array(mapping.values())}


def placeholders() -> dict[str, str]:
    """Return what each ${name} in storage/views/*.sql stands for."""
    by_name = {f.column: _column(n, f) for n, f in enumerate(fields(), start=1)}
    content_fields = [n for n, f in enumerate(fields(), start=1) if f.kind == "content"]
    return {
        **by_name,
        "value_text": _VALUE_TEXT,
        "position_of": _position_of("value_text"),
        "resource_position_of": _position_of("resource_text"),
        "content_fields": _array(content_fields),
        "inline_limit": str(INLINE_LIMIT),
        "hash_of_x": "reinterpretAsUInt128(sipHash128(x))",
        "event_attributes": _attributes("e.attributes"),
        "link_attributes": _attributes("l.attributes"),
        "scope_attributes": _attributes("scope.attributes"),
        "split_system": _split(by_name["system_instructions"]),
        "split_input_messages": _split(by_name["input_messages"]),
        "split_output_messages": _split(by_name["output_messages"]),
        "split_tool_definitions": _split(by_name["tool_definitions"]),
        "split_documents": _split(by_name["documents"]),
        "document_type": _DOCUMENT_TYPE,
        "document_text": _DOCUMENT_TEXT,
        "document_rest": _DOCUMENT_REST,
        "readable_part": _READABLE_PART,
        "year_2000_ns": "946684800000000000",
        "day_ns": "86400000000000",
        **_metric_points(),
        **_pairs("hint_names", "hint_operations", HINTS),
        **_pairs("operation_names", "operations", OPERATIONS),
        **_pairs("provider_aliases", "providers", PROVIDERS),
        **_pairs("finish_reason_aliases", "finish_reason_values", FINISH_REASONS),
        **_pairs("verdict_names", "verdicts", VERDICTS),
    }

