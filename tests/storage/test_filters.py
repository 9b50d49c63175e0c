"""The filter language, without an engine: what is rendered, and what is said of mistakes."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import filters
from storage.errors import BadInput
from storage.fields import by_any_name

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "sql", "values"),
    [
        ('status = "error"', "status = {f0:String}", {"f0": "error"}),
        ("status = error", "status = {f0:String}", {"f0": "error"}),
        ("error", "(status = 'error')", {}),
        ("not error", "NOT (status = 'error')", {}),
        ("duration > 5s", "(ifNull(duration_ns > {f0:Int64}, 0))", {"f0": 5_000_000_000}),
        ("duration_ns > 5", "(ifNull(duration_ns > {f0:Int64}, 0))", {"f0": 5}),
        ("ttft >= 1.5", "(ifNull(time_to_first_token_s >= {f0:Float64}, 0))", {"f0": 1.5}),
        ("ttft >= 200ms", "(ifNull(time_to_first_token_s >= {f0:Float64}, 0))", {"f0": 0.2}),
        ("tokens > 10k", "(ifNull(total_tokens > {f0:Int64}, 0))", {"f0": 10_000}),
        ("cost exists", "ifNull(cost_usd, 0) != 0", {}),
        ('model = "gpt-4o"', "has(models, {f0:String})", {"f0": "gpt-4o"}),
        ("model in (a, 'b c')", "hasAny(models, {f0:Array(String)})", {"f0": ["a", "b c"]}),
        ("name !~ '^GET'", "NOT match(name, {f0:String})", {"f0": "^GET"}),
        (
            "user contains Ann",
            "positionCaseInsensitiveUTF8(user_id, {f0:String}) > 0",
            {"f0": "Ann"},
        ),
        ("cache_hit = false", "(cache_hit) = {f0:Bool}", {"f0": False}),
        (
            "start_time >= '2025-06-01'",
            "(ifNull(start_time >= fromUnixTimestamp64Nano({f0:Int64}, 'UTC'), 0))",
            {"f0": 1_748_736_000_000_000_000},
        ),
        (
            "error and (a_b = 1 or tool exists)".replace("a_b = 1", "retries = 1"),
            "((status = 'error') AND ((ifNull(retry_count = {f0:Int64}, 0)) OR notEmpty(tools)))",
            {"f0": 1},
        ),
    ],
)
def test_filters_on_traces(text: str, sql: str, values: dict[str, object]) -> None:
    """A comparison becomes an allow-listed expression with bound values."""
    found = filters.predicate(text, "trace", now=NOW)
    assert (found.sql, found.values, found.reads_spans) == (sql, values, False)


def test_a_field_of_spans_asks_for_some_span_of_the_trace() -> None:
    """On traces, a field that only spans have reads the spans of the window."""
    found = filters.predicate("kind = client", "trace", now=NOW)
    assert found.reads_spans
    assert found.sql.startswith("trace_id IN (")
    assert "AND (kind = {f0:String})" in found.sql


def test_attributes_compare_with_what_was_written() -> None:
    """A bare number looks at numbers and text, a quoted one at text alone; both ask for the key, which has an index."""
    bare = filters.predicate('attr["n"] = 5', "span", now=NOW)
    assert bare.sql == (
        "(mapContains(attributes_string, {f0:String}) AND attributes_string[{f0:String}] = {f1:String} OR "
        "mapContains(attributes_int, {f0:String}) AND attributes_int[{f0:String}] = {f2:Int64} OR "
        "mapContains(attributes_double, {f0:String}) AND attributes_double[{f0:String}] = {f3:Int64})"
    )
    assert bare.values == {"f0": "n", "f1": "5", "f2": 5, "f3": 5}
    assert "attributes_int" not in filters.predicate('attr["n"] = "5"', "span", now=NOW).sql


def test_no_text_of_the_filter_gets_into_the_query() -> None:
    """Whatever is written stays a bound value."""
    hostile = "x' OR 1=1 -- "
    for field in by_any_name():
        for operator in ("=", "contains", "~"):
            try:
                found = filters.predicate(f'{field} {operator} "{hostile}"', "trace", now=NOW)
            except BadInput:
                continue
            assert hostile not in found.sql
            assert hostile in found.values.values()
    keyed = filters.predicate(f'attr["{hostile}"] = 1', "span", now=NOW)
    assert hostile not in keyed.sql


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("modle = x", 1, "there is no field modle", "did you mean model?"),
        ("error and duration > 5", 22, "'5' is not a duration", "5s or 200ms"),
        ("tokens > many", 10, "'many' is not a number", "10k"),
        ("model >", 8, "the end is not expected", "a value"),
        ("model = a b", 11, "'b' is not expected", "`and` or `or`"),
        ("(error", 7, "the end is not expected", "`)`"),
        ("status > ok", 1, "cannot be compared with `>`", "it takes: = ~"),
        ("model", 1, "needs an operator", 'model = "gpt-4o"'),
        ("gen_ai.request.model = x", 1, "no field gen_ai.request.model", "stored as request_model"),
        ("http.route = x", 1, "no field http.route", 'attr["http.route"]'),
        ('model["x"] = 1', 1, "takes no [...]", "attr"),
        ("start_time > yesterday", 14, "is not a time", "RFC 3339"),
        ("cache_hit = maybe", 13, "not true or false", "cache_hit"),
        ('attr["n"] > "5"', 1, "compares numbers", "leave the quotes away"),
    ],
)
def test_mistakes_are_pointed_at(text: str, column: int, message: str, hint: str) -> None:
    """An error names the column and says what was expected."""
    with pytest.raises(BadInput) as raised:
        filters.predicate(text, "trace", now=NOW)
    assert raised.value.column == column
    assert message in str(raised.value)
    assert hint in raised.value.hint


def test_facts_of_traces_do_not_filter_spans() -> None:
    """A span cannot be asked for what only a trace has."""
    with pytest.raises(BadInput, match="about whole traces"):
        filters.predicate("span_count > 3", "span", now=NOW)


def test_an_empty_filter_holds_everywhere() -> None:
    """Nothing written, nothing asked."""
    assert filters.predicate("  ", "trace").sql == ""


@pytest.mark.parametrize(
    "text", ["(" * 5000, "not " * 400 + "error", " and ".join(["error"] * 60), "x" * 20_000]
)
def test_too_large_filters_are_refused(text: str) -> None:
    """Depth, length and number of comparisons are bounded."""
    with pytest.raises(BadInput):
        filters.predicate(text, "trace")


@given(st.text(alphabet="abm attr[]\"'()=!<>~,.0k\\&|né", max_size=60))
def test_any_text_is_a_filter_or_a_mistake(text: str) -> None:
    """Whatever is typed ends in a predicate or in BadInput."""
    with suppress(BadInput):
        assert filters.predicate(text, "trace", now=NOW).sql or not text.strip()
