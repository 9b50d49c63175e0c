"""Roll calls up: every row of an hour is made anew from the calls of that hour, so it may be done again at any time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from string import Template
from typing import Final

from storage.client import Engine
from storage.costs import facts
from storage.costs.dimensions import ROLLUPS
from storage.costs.portions import divided
from storage.costs.rolling_days import roll_up_days
from storage.costs.running import running_costing
from storage.statements import statement


@dataclass(frozen=True, slots=True)
class ChangedHour:
    """An hour of a project whose calls are newer than its rollup; `changes` as counted before it is rolled up."""

    project: str
    hour: datetime
    changes: int


_MOST_CALLS: Final = 500_000
"""What is rolled up in one statement holds all its calls' figures in memory."""


def changed_hours(
    engine: Engine, *, without: Collection[str] = (), limit: int = 1000
) -> list[ChangedHour]:
    """Return the hours that have to be rolled up, the newest first, of all projects but some."""
    values = {"without": list(without), "limit": limit}
    rows = engine.client().query(statement("hours_to_roll"), parameters=values).result_rows
    return [ChangedHour(*row) for row in rows]


def portions(
    engine: Engine, project: str, changed: Sequence[ChangedHour]
) -> Iterator[list[ChangedHour]]:
    """Divide hours of one project into what `roll_up` takes at once: of one month, and not too many calls."""
    values = {"project": project, "hours": [one.hour for one in changed]}
    rows = engine.client().query(statement("calls_by_hour"), parameters=values).result_rows
    calls: dict[datetime, int] = {row[0]: row[1] for row in rows}
    yield from divided(changed, attrgetter("hour"), calls, most=_MOST_CALLS)


@cache
def _roll_up(table: str) -> str:
    names = {
        "table": table,
        "dimensions": ", ".join(ROLLUPS[table]),
        "measured": facts.measured(),
        "next_measured": facts.measured("next_"),
        "visible": facts.visible(facts.FACTS),
        "pending": facts.pending(facts.FACTS),
        "nothing": f"{facts.nothing()}, {facts.nothing('next_')}",
        "published": facts.PUBLISHED,
    }
    return Template(statement("roll_up")).substitute(names)


def roll_up(engine: Engine, project: str, changed: Sequence[ChangedHour]) -> None:
    """Roll up hours of one project; all in one month, so that each rollup changes at once for its readers.

    `changed` was read before, so calls that come meanwhile have the hour rolled up once more. So it may also be done
    by several at once: the version is from before everything that is read, hence the rows that win are from someone
    who saw all calls that the others counted, and the costing where one had begun.
    """
    started = engine.client().query("SELECT now64(6)").result_rows[0][0]
    values = {
        "project": project,
        "hours": [one.hour for one in changed],
        "version": started,
        "costing": running_costing(engine, project),
    }
    for table in ROLLUPS:
        engine.client().command(_roll_up(table), parameters=values)
    engine.client().insert(
        "rolled_hours",
        [[project, one.hour, one.changes, started] for one in changed],
        column_names=["project_id", "hour", "changes", "rolled_at"],
    )
    # What a costing leaves beside is not a change of calls, so days would not know of it.
    days = {one.hour.replace(hour=0) for one in changed} if values["costing"] else set()
    roll_up_days(engine, project, days)
