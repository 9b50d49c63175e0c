"""Which part of a window each rollup answers: whole days, whole hours, and calls for the hours that steps divide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from storage.client import Engine
from storage.costs.dimensions import BY_DAY_TOO, CALLS
from storage.costs.steps import Steps
from storage.costs.usage_questions import question
from storage.query import run
from storage.scope import Scope
from storage.window import from_unix_nano


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is to be read for the steps of a window; each call is in one of the three."""

    source: str
    """The rollup that has the dimensions asked for; or `calls`, and then all of them are read."""
    steps: Steps
    days: tuple[datetime, ...]
    """UTC days that are in one step each, and of which the rollup by day has everything."""
    hours: tuple[datetime, ...]
    """Other hours that are in one step each."""
    broken_hours: tuple[datetime, ...]
    as_of: datetime
    """Every call that was settled before is in what is read."""


def coverage(engine: Engine, scope: Scope, source: str, steps: Steps) -> Coverage:
    """Return what to read for the steps of a window. Asked first, so that `as_of` promises nothing that came later."""
    now = datetime.now(UTC)
    if source == CALLS:
        return Coverage(source, steps, (), (), steps.broken_hours, now)
    result = run(
        engine, scope, question("coverage"), first_hour=steps.first_hour, end_hour=steps.end_hour
    )
    divided = _divided_days(steps) if source == BY_DAY_TOO else None
    days: list[datetime] = []
    hours: list[datetime] = []
    behind: list[datetime] = []
    for at, of_day, is_whole, since in result.result_rows:
        day = _utc(at)
        if divided is not None and is_whole and day not in divided:
            days.append(day)
        else:
            hours += _inside(steps, map(_utc, of_day))
        if since:
            behind.append(from_unix_nano(int(since) * 1000))
    return Coverage(
        source, steps, tuple(days), tuple(hours), steps.broken_hours, min([now, *behind])
    )


def _inside(steps: Steps, hours: Iterable[datetime]) -> list[datetime]:
    """Return the hours of a window that are in one step each."""
    broken = set(steps.broken_hours)
    return sorted(h for h in hours if steps.first_hour <= h < steps.end_hour and h not in broken)


def _divided_days(steps: Steps) -> set[datetime]:
    """Return the UTC days in which a step begins, or the window begins or ends, other than at midnight."""
    edges = (steps.window.start, steps.window.end, *steps.starts[1:])
    return {day for edge in edges if edge != (day := _day_of(edge))}


def _day_of(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)
