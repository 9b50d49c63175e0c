"""Generate the SQL that maps OTLP attributes to canonical columns.

One `transform` turns each attribute key into a code (canonical field and priority); the codes of a span become a
small map from field to the position of the value that won, and every canonical column is a look-up in that map.
Looking each field up under each of its names instead costs about ten times as much.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from storage import guardrail_form, usage_form
from storage.conventions import (
    ACTIONS,
    EVIDENCE,
    FINISH_REASONS,
    HINTS,
    OPERATIONS,
    PROVIDERS,
    Field,
    Kind,
    fields,
)

INLINE_LIMIT: Final = 512
"""Bytes; a longer attribute value is stored once in `contents` and the span holds its hash."""

# The code of an attribute, from the lowest bit: its position (a request has less than 2 ** 26 bytes), the priority of
# its key among the sources of the field, the field, and the rank of what the key says of the operation.
_LAST_POSITION: Final = 2**26 - 1
_PRIORITY_SHIFT: Final = 26
_FIELD_SHIFT: Final = 32
_EVIDENCE_SHIFT: Final = 42
_KINDS: Final = ("text", "count", "number", "content")
_LARGEST_COUNT: Final = (
    "1e12"  # no real token count is larger; sums of hostile ones must not overflow
)


def _array(values: Iterable[str | int]) -> str:
    """Render a SQL array of strings or integers; JSON's quoting, in single quotes."""
    return "[" + ", ".join(str(v) if isinstance(v, int) else _quoted(v) for v in values) + "]"


def _quoted(text: str) -> str:
    return "'" + json.dumps(text, ensure_ascii=False)[1:-1].replace("'", "\\'") + "'"


def _numbered() -> list[tuple[int, Field]]:
    """Return every field with its number; the kinds follow each other, so that a kind is a range of codes."""
    return list(enumerate(sorted(fields(), key=lambda f: _KINDS.index(f.kind)), start=1))


def _codes_of_keys() -> Mapping[str, int]:
    """Return the code of every attribute key that means something, for position 0."""
    codes: dict[str, int] = {}
    for number, field in _numbered():
        for priority, source in enumerate(field.sources):
            codes[source] = (number << _FIELD_SHIFT) + (priority << _PRIORITY_SHIFT)
    for rank, keys in enumerate(reversed(list(EVIDENCE.values())), start=1):
        for key in keys:
            codes[key] = codes.get(key, 0) + (rank << _EVIDENCE_SHIFT)
    return codes


def _code_of_each(keys: Iterable[str]) -> str:
    """Return SQL of what each attribute means: a number that sorts the better source first, 0 for nothing.

    Positions count from the end, so that the last of several attributes with the same key wins.
    """
    known = _codes_of_keys()
    codes = {key: known[key] for key in keys}
    return (
        f"arrayMap((k, v, i) -> if(v = '', 0, transform(k, {_array(codes)}, {_array(codes.values())}, 0)::UInt64 + "
        f"{_LAST_POSITION} - i), keys, value_text, arrayEnumerate(keys))"
    )


_FIELD_CODES: Final = f"arrayMap(c -> bitAnd(c, {(1 << _EVIDENCE_SHIFT) - 1}), codes)"
_RANKED: Final = f"arraySort(arrayFilter(c -> c >= {1 << _FIELD_SHIFT}, {_FIELD_CODES}))"


def _fields_of(codes: str) -> str:
    return f"arrayMap(c -> toUInt16(bitShiftRight(c, {_FIELD_SHIFT})), {codes})"


def _positions_of(codes: str) -> str:
    return f"arrayMap(c -> toUInt32({_LAST_POSITION} - bitAnd(c, {_LAST_POSITION})), {codes})"


def _within(kind: Kind) -> str:
    """Return SQL of whether a code `c` is one of a field of this kind."""
    numbers = [n for n, f in _numbered() if f.kind == kind]
    return f"(c >= {numbers[0] << _FIELD_SHIFT} AND c < {(numbers[-1] + 1) << _FIELD_SHIFT})"


def _values_of(kind: Kind, value: str) -> str:
    """Return SQL of the map from field number to `value` of its text `v`, for the fields of a kind of number."""
    within = f"arrayFilter((v, c) -> {_within(kind)}, value_text, field_codes)"
    codes = f"arrayFilter(c -> {_within(kind)}, field_codes)"
    return (
        f"mapFromArrays({_fields_of(f'arraySort({codes})')}, "
        f"arrayMap(v -> {value}, arraySort((v, c) -> c, {within}, {codes})))"
    )


def _content_positions() -> str:
    """Return SQL of the positions of the attributes that are stored as contents: of each field the best."""
    codes = f"arrayFilter(c -> {_within('content')}, ranked)"
    best = (
        f"arrayFilter((c, before) -> bitShiftRight(c, {_FIELD_SHIFT}) != bitShiftRight(before, {_FIELD_SHIFT}), "
        f"{codes}, arrayPopBack(arrayPushFront({codes}, 0)))"
    )
    return _positions_of(best)


def _column(number: int, field: Field) -> str:
    """Return SQL of a field; text '' and a count 0 where no source is present, a number NULL."""
    if field.kind == "count":
        return f"count_of[{number}]"
    if field.kind == "number":
        return f"number_of[{number}]"
    text = f"value_text[position_of[{number}]]"
    return (
        f"if(position_of[{number}] > 0, {text}, resource_{field.column})"
        if field.resource
        else text
    )


def _found() -> dict[str, str]:
    """Return SQL of where the canonical fields of a span, log record or resource are, and of the fields."""
    resource = [(n, f) for n, f in _numbered() if f.resource]
    uncached = next(n for n, f in _numbered() if f.column == "reported_uncached_input_tokens")
    worst_first = _array(reversed(list(EVIDENCE)))
    count = f"toUInt64(least(greatest(ifNotFinite(toFloat64OrZero(v), 0), 0), {_LARGEST_COUNT}))"
    return {
        "codes": _code_of_each(_codes_of_keys()),
        "resource_codes": _code_of_each(key for _, f in resource for key in f.sources),
        "field_codes": _FIELD_CODES,
        "position_of": f"mapFromArrays({_fields_of('ranked')}, {_positions_of('ranked')})",
        "ranked": _RANKED,
        "count_of": _values_of("count", count),
        "number_of": _values_of("number", "ifNotFinite(toFloat64OrNull(v), NULL)"),
        "content_positions": _content_positions(),
        "evidence": f"arrayElement({worst_first}, bitShiftRight(arrayMax(codes), {_EVIDENCE_SHIFT}))",
        "tells_uncached": f"position_of[{uncached}] > 0",
        **{f.column: _column(n, f) for n, f in _numbered()},
        "resource_fields": ", ".join(
            f"value_text[position_of[{n}]] AS resource_{f.column}" for n, f in resource
        ),
    }


_VALUE_TEXT: Final = (
    "arrayMap((s, i, d, b) -> if(isNotNull(s), assumeNotNull(s), multiIf(isNotNull(i), toString(assumeNotNull(i)), "
    "isNotNull(d), toString(assumeNotNull(d)), isNotNull(b), if(assumeNotNull(b), 'true', 'false'), '')), "
    "strings, ints, doubles, bools)"
)


def _attributes(attributes: str) -> str:
    """Return SQL of OTLP attributes as a map of text."""
    values = (
        f"a.value.{member}"
        for member in ("string_value", "int_value", "double_value", "bool_value")
    )
    texts = ", ".join(f"toString({value})" for value in values)
    return (
        f"CAST(arrayMap(a -> (a.key, coalesce({texts}, '')), {attributes}), 'Map(String, String)')"
    )


# Contents that are JSON arrays; each element is a content of its own.
_LISTS: Final = (
    "system_instructions",
    "input_messages",
    "output_messages",
    "tool_definitions",
    "documents",
)


# Contents that are one text.
_PAYLOADS: Final = ("input", "output", "prompt_template", "prompt_variables")


def _contents() -> dict[str, str]:
    """Return SQL that cuts JSON arrays into their elements' JSON; other text is one element, '' and [] none.

    The other text is kept apart from the elements: choosing between two arrays a row copies them all.
    """
    found = {f.column: _column(n, f) for n, f in _numbered()}
    texts = ", ".join(f"{found[c]} AS {c}_text" for c in (*_LISTS, *_PAYLOADS))
    elements = ", ".join(f"JSONExtractArrayRaw({c}_text) AS {c}_elements" for c in _LISTS)
    others = (
        f"arrayFilter(x -> x != '', [if(empty({c}_elements) AND {c}_text NOT IN ('[]', 'null'), {c}_text, '')]) "
        f"AS {c}_other"
        for c in _LISTS
    )
    payloads = ", ".join(f"arrayFilter(x -> x != '', [{c}_text])" for c in _PAYLOADS)
    return {
        "content_texts": texts,
        "elements": elements,
        "others": ", ".join(others),
        "payloads": payloads,
    }


# A retrieved document: its text is a content, so that a chunk is one whatever found it; id, score and the rest (title,
# url, metadata) stay on the span.
_DOCUMENT_TYPE: Final = (
    "Tuple(id String, score Nullable(Float64), content String, text String, page_content String)"
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


# A part of a message as OTel GenAI has it, or the content arrays and tool calls of other shapes.
_FUNCTION_TYPE: Final = "Tuple(name String, description String, arguments String)"
_PART_TYPE: Final = (
    "Tuple(type String, content String, text String, name String, arguments String, response String, result String, "
    f"modality String, mime_type String, uri String, file_id String, function {_FUNCTION_TYPE})"
)
_MESSAGE_TYPE: Final = (
    f"Tuple(role String, parts Array({_PART_TYPE}), content String, tool_calls Array({_PART_TYPE}), title String, "
    f"name String, description String, text String, page_content String, function {_FUNCTION_TYPE})"
)

# What a person reads in one part: its text, a tool call with its arguments, a tool's response, or the kind of a file.
_READABLE_PART: Final = (
    "arrayStringConcat(arrayFilter(x -> x != '', ["
    "if(p.type = 'blob', concat('[', if(p.mime_type != '', p.mime_type, p.modality), ']'), p.content), p.text, p.name, "
    "p.function.name, p.arguments, p.function.arguments, p.response, p.result, p.uri, p.file_id]), ' ')"
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
    """Return SQL of the points of a metric `m`, an array a type."""
    number = "coalesce(p.as_double, toFloat64(p.as_int)), 0, NULL, NULL, NULL, [], [], 0, 0, 0, 0, [], []"
    histogram = (
        "NULL, p.count, p.sum, p.min, p.max, p.explicit_bounds, p.bucket_counts, 0, 0, 0, 0, [], []"
    )
    exponential = (
        "NULL, p.count, p.sum, p.min, p.max, [], p.positive.bucket_counts, p.scale, p.zero_count, "
        "p.positive.offset, p.negative.offset, p.negative.bucket_counts, []"
    )
    summary = "NULL, p.count, p.sum, NULL, NULL, [], [], 0, 0, 0, 0, [], p.quantile_values"
    return {
        "gauge_points": _points("gauge", "m.gauge.data_points", "0", "false", number),
        "sum_points": _points(
            "sum",
            "m.sum.data_points",
            "m.sum.aggregation_temporality",
            "m.sum.is_monotonic",
            number,
        ),
        "histogram_points": _points(
            "histogram",
            "m.histogram.data_points",
            "m.histogram.aggregation_temporality",
            "false",
            histogram,
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


def _pairs(
    prefix: str, values: str, mapping: Mapping[str, str] | Mapping[str, int]
) -> dict[str, str]:
    return {prefix: _array(mapping), values: _array(mapping.values())}


@cache
def placeholders() -> Mapping[str, str]:
    """Return what each ${name} in storage/views/*.sql stands for."""
    words = _guardrail_words()
    return {
        **_found(),
        **usage_form.placeholders(),
        "value_text": _VALUE_TEXT,
        "inline_limit": str(INLINE_LIMIT),
        "event_attributes": _attributes("e.attributes"),
        "link_attributes": _attributes("l.attributes"),
        "scope_attributes": _attributes("ss.scope.attributes"),
        **_contents(),
        "document_type": _DOCUMENT_TYPE,
        "document_text": _DOCUMENT_TEXT,
        "document_rest": _DOCUMENT_REST,
        "readable_part": _READABLE_PART,
        "parts_type": f"Array({_PART_TYPE})",
        "message_type": _MESSAGE_TYPE,
        "year_2000_ns": "946684800000000000",
        "five_years_ns": "157680000000000000",
        "day_ns": "86400000000000",
        **_metric_points(),
        **_pairs("hint_names", "hint_operations", HINTS),
        **_pairs("operation_names", "operations", OPERATIONS),
        **_pairs("provider_aliases", "providers", PROVIDERS),
        **_pairs("finish_reason_aliases", "finish_reason_values", FINISH_REASONS),
        **words,
        **guardrail_form.rules(words),
    }


def _guardrail_words() -> dict[str, str]:
    """Return the vocabularies of guardrails: words by what they rank and stand for."""
    ranks = guardrail_form.RANK
    return {
        **_pairs("verdict_names", "verdict_ranks", guardrail_form.VERDICT_WORDS),
        **_pairs("action_names", "action_ranks", guardrail_form.ACTION_WORDS),
        "actions": _array(ACTIONS.values()),
        "verdict_order": _array(ranks.values()),
        "verdict_words": _array(ranks),
    }
