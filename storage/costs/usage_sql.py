"""Questions of the rollups and of calls, put together from storage/queries/usage: only the figures named are read."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from storage.costs.coverage import Coverage
from storage.costs.dimensions import BY_DAY, CALLS, DIMENSIONS, Condition
from storage.costs.facts import (
    COST_BUCKET,
    COSTS,
    FACTS,
    MEASURES,
    NOT_PRICED,
    PUBLISHED,
    TOKENS,
    visible,
)
from storage.costs.usage_questions import question
from storage.query import Query
from storage.window import unix_nano

BUCKETS: Final = "cost_buckets"

SUMS: Final = tuple(name for name in MEASURES if name != BUCKETS)
"""Measures that are added up."""

NOTHING: Final = "nothing"
"""What rows are grouped by where no dimension is asked for."""

# A measure of a rollup, of one call: what it is, and the facts that it is worked out from.
_OF_CALL: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "requests": ("toUInt64(1)", ()),
    "unpriced_requests": (f"toUInt64(price IN {NOT_PRICED})", ("price",)),
    "failed_requests": ("toUInt64(failed)", ()),
    "retried_requests": ("toUInt64(retried)", ()),
    **{name: (name, (name,)) for name in (*TOKENS, *COSTS, "gpu_seconds")},
    "failed_cost_usd": ("if(failed, cost_usd, toDecimal128(0, 12))", ("cost_usd",)),
    "retried_cost_usd": ("if(retried, cost_usd, toDecimal128(0, 12))", ("cost_usd",)),
    BUCKETS: (
        f"if(price IN {NOT_PRICED}, (emptyArrayInt16(), emptyArrayUInt64()), ([{COST_BUCKET}], [toUInt64(1)]))",
        ("price", "cost_usd"),
    ),
}


MOST_LISTED: Final = 3000
"""Hours that a question names one by one: a request to a server has no room for many more."""

_LISTED: Final = "hour IN {hours:Array(DateTime('UTC'))}"
_ALL_BUT: Final = (
    "hour >= {first_hour:DateTime('UTC')} AND hour < {end_hour:DateTime('UTC')} "
    "AND hour NOT IN {broken_hours:Array(DateTime('UTC'))} "
    "AND toStartOfDay(hour) NOT IN {days:Array(DateTime('UTC'))}"
)


def rows_of(
    dimensions: Sequence[str],
    measures: Sequence[str],
    coverage: Coverage,
    where: Condition,
    *,
    with_conversations: bool = False,
) -> str:
    """Return SQL of rows to add up: whole days and hours of rollups, and calls of the hours that steps divide.

    Columns: the dimensions under their names, `conversation`, `step` and the measures.
    """
    shared = {
        "dimensions": ", ".join(f"{DIMENSIONS[name]} AS {name}" for name in dimensions)
        or f"'' AS {NOTHING}",
        "conversation": "if(session_id = '', 0, cityHash64(session_id))"
        if with_conversations
        else "toUInt64(0)",
        "where": where.sql,
        "published": PUBLISHED,
    }
    if coverage.source == CALLS:
        return _of_calls(dimensions, measures, "", shared)

    def of_rollup(table: str, time: str, when: str) -> str:
        parts = {"rollup": table, "time": time, "when": when, "figures": visible(measures)}
        return question("of_rollup", **parts, **shared).text

    days = "day IN {days:Array(DateTime('UTC'))}"
    parts = [of_rollup(BY_DAY, "day", days)] if coverage.days else []
    if coverage.broken_hours:
        broken = "AND hour IN {broken_hours:Array(DateTime('UTC'))}"
        parts.append(_of_calls(dimensions, measures, broken, shared))
    if coverage.hours or not parts:
        hours = _LISTED if len(coverage.hours) <= MOST_LISTED else _ALL_BUT
        parts.append(of_rollup(coverage.source, "hour", hours))
    return "\nUNION ALL\n".join(parts)


def _of_calls(
    dimensions: Sequence[str], measures: Sequence[str], hours: str, shared: Mapping[str, str]
) -> str:
    needed = {"counted", *(fact for name in measures for fact in _OF_CALL[name][1])}
    return question(
        "of_calls",
        figures=", ".join(f"{_OF_CALL[name][0]} AS {name}" for name in measures),
        facts=visible([fact for fact in FACTS if fact in needed]),
        hours=hours,
        columns=shared["dimensions"],
        **{**shared, "dimensions": ", ".join(dimensions) or NOTHING},
    ).text


def values_of(query: Query, coverage: Coverage, where: Condition) -> dict[str, Any]:
    """Return what the placeholders stand for that a question about these rows has."""
    steps = coverage.steps
    known = {
        "starts": [int(start.timestamp()) for start in steps.starts],
        "first_hour": steps.first_hour,
        "end_hour": steps.end_hour,
        "days": list(coverage.days),
        "hours": list(coverage.hours),
        "broken_hours": list(coverage.broken_hours),
        "start_ns": unix_nano(steps.window.start),
        "end_ns": unix_nano(steps.window.end),
        **where.values,
    }
    return {name: value for name, value in known.items() if name in query.parameters}
