"""Roll the hours of a day up once more, when the day is over: months are read in a fraction of the bytes."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from string import Template
from typing import Final

from storage.client import Engine
from storage.costs import facts
from storage.costs.dimensions import BY_HOUR
from storage.costs.running import running_costing
from storage.statements import statement

_AT_ONCE: Final = 31
"""Days that are rolled up in one go, the newest first; the others in the next."""


def roll_up_days(engine: Engine, project: str, touched: Collection[datetime] = ()) -> None:
    """Roll up days of one project that are over and whose hours have changed since; `touched` ones in any case.

    Hours that are not rolled up themselves keep their day back: until they are, readers take it from its hours. While a
    costing is under way, its figures come along beside those that count. As with hours, it may be done by several at
    once: the version is from before the hours are read, and after those were written that the caller changed.
    """
    values = {"project": project, "days": list(touched), "limit": _AT_ONCE + len(touched)}
    found = engine.client().query(statement("days_to_roll"), parameters=values).result_rows
    if unready := [day for day, _, is_ready in found if not is_ready]:
        _mark(engine, project, dict.fromkeys(unready, 0), _now(engine))
    ready = {day: changes for day, changes, is_ready in found if is_ready}
    for _, month in groupby(ready, lambda day: (day.year, day.month)):
        _roll_up(engine, project, {day: ready[day] for day in month})


def _roll_up(engine: Engine, project: str, days: dict[datetime, int]) -> None:
    started = _now(engine)
    values = {
        "project": project,
        "days": list(days),
        "hours": [day + timedelta(hours=hour) for day in days for hour in range(24)],
        "version": started,
        "costing": running_costing(engine, project),
    }
    engine.client().command(_statement(), parameters=values)
    _mark(engine, project, days, started)


def _now(engine: Engine) -> datetime:
    now: datetime = engine.client().query("SELECT now64(6)").result_rows[0][0]
    return now


def _mark(engine: Engine, project: str, days: Mapping[datetime, int], at: datetime) -> None:
    """Write down how many changes of its hours each day has seen: readers use a day that has seen all there are."""
    engine.client().insert(
        "rolled_days",
        [[project, day, changes, at] for day, changes in days.items()],
        column_names=["project_id", "day", "changes", "rolled_at"],
    )


@cache
def _statement() -> str:
    names = {
        "dimensions": ", ".join(BY_HOUR),
        "sums": ", ".join(_sum(name) for name in facts.MEASURES),
        "next_sums": ", ".join(_sum(f"next_{name}") for name in facts.MEASURES),
        "visible": facts.visible(facts.MEASURES),
        "pending": facts.pending(facts.MEASURES),
        "nothing": ", ".join(
            f"{_nothing(name)} AS {prefix}{name}"
            for prefix in ("", "next_")
            for name in facts.MEASURES
        ),
        "published": facts.PUBLISHED,
    }
    return Template(statement("roll_up_days")).substitute(names)


def _sum(name: str) -> str:
    return f"sumMap({name}.1, {name}.2)" if name.endswith("cost_buckets") else f"sum({name})"


def _nothing(measure: str) -> str:
    if measure == "cost_buckets":
        return "(emptyArrayInt16(), emptyArrayUInt64())"
    if measure == "gpu_seconds":
        return "toFloat64(0)"
    return "toDecimal128(0, 12)" if measure.endswith("_usd") else "toUInt64(0)"
