"""Steps of time: where each begins, and which hours the rollups cannot tell apart because one begins within."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from storage.errors import BadInput
from storage.window import Window

Calendar = Literal["hour", "day", "week", "month"]
"""Steps as calendars have them, in a time zone; weeks begin on Monday."""

Step = int | Calendar | None
"""Seconds, counted from 1970 in UTC; a step of the calendar; or one step over all of the window."""

MAX_STEPS: Final = 1000

_HOUR: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Steps:
    """A window cut into steps. The first and the last may begin before it and end after it."""

    window: Window
    starts: tuple[datetime, ...]
    """Of each step, in whole seconds; at least one."""

    @cached_property
    def broken_hours(self) -> tuple[datetime, ...]:
        """Hours in which a step begins, or the window begins or ends: their calls are not all in one step."""
        edges = (self.window.start, self.window.end, *self.starts[1:])
        return tuple(sorted({hour_of(edge) for edge in edges if edge != hour_of(edge)}))

    @property
    def first_hour(self) -> datetime:
        """The first hour that the window touches."""
        return hour_of(self.window.start)

    @property
    def end_hour(self) -> datetime:
        """The end of the last hour that the window touches."""
        end = hour_of(self.window.end)
        return end if end == self.window.end else end + _HOUR

    def step_of(self, time: datetime) -> datetime:
        """Return the start of the step that a time is in."""
        return self.starts[max(bisect_right(self.starts, time) - 1, 0)]


def hour_of(time: datetime) -> datetime:
    """Return the start of the UTC hour that a time is in."""
    return time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def cut(window: Window, step: Step, time_zone: str = "UTC") -> Steps:
    """Return a window's steps. Raises BadInput for a step or a time zone that is none, or for too many steps."""
    zone = zone_of(time_zone)
    if step is None:
        return Steps(window, (_whole(window.start),))
    if isinstance(step, int):
        if step <= 0:
            raise BadInput("the step is no length of time", hint="seconds, from 1")
        first, length = _aligned(window.start, step), timedelta(seconds=step)
        if (window.end - first) > length * MAX_STEPS:
            raise _too_many()
        return Steps(window, _regular(first, length, window.end))
    if step not in get_args(Calendar):
        raise BadInput(
            f"step is {step[:40]!r}",
            hint=f"seconds, a length like 15m, or {', '.join(get_args(Calendar))}",
        )
    first, *others = _of_calendar(window, step, zone)
    # Nothing is stored of before 1970, and the engine's seconds begin there.
    return Steps(window, (max(first, _EPOCH), *others))


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name. Raises BadInput if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            f"there is no time zone {name[:40]!r}", hint="for example Europe/Berlin, or UTC"
        ) from error


def _too_many() -> BadInput:
    return BadInput(
        f"the window has more than {MAX_STEPS} such steps",
        hint="ask for longer steps or a shorter window",
    )


def _whole(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(microsecond=0)


def _aligned(time: datetime, seconds: int) -> datetime:
    since = int((time - _EPOCH).total_seconds() // seconds) * seconds
    return _EPOCH + timedelta(seconds=since)


def _regular(first: datetime, length: timedelta, end: datetime) -> tuple[datetime, ...]:
    starts = [first]
    while starts[-1] + length < end:
        starts.append(starts[-1] + length)
    return tuple(starts)


def _of_calendar(window: Window, step: Calendar, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the local starts of hours, days, weeks or months as UTC; a day may last 23 or 25 hours."""
    if step == "hour":
        offset = window.start.astimezone(zone).utcoffset() or timedelta()
        first = _aligned(window.start + offset, 3600) - offset
        if window.end - first > _HOUR * MAX_STEPS:
            raise _too_many()
        return _regular(first, _HOUR, window.end)
    starts = [_local_start(window.start, step, zone)]
    while (following := _next(starts[-1], step, zone)) < window.end:
        starts.append(following)
        if len(starts) > MAX_STEPS:
            raise _too_many()
    return tuple(starts)


def _local_start(time: datetime, step: Calendar, zone: ZoneInfo) -> datetime:
    day = time.astimezone(zone).date()
    if step == "week":
        day -= timedelta(days=day.weekday())
    elif step == "month":
        day = day.replace(day=1)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _next(start: datetime, step: Calendar, zone: ZoneInfo) -> datetime:
    # Beyond the end of any step of this length, and within the next one.
    days = {"day": 1, "week": 7, "month": 32}[step]
    beyond = start.astimezone(zone).replace(tzinfo=None) + timedelta(days=days, hours=6)
    return _local_start(beyond.replace(tzinfo=zone), step, zone)
