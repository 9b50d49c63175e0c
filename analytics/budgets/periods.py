"""Days and months of a time zone as intervals of time."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from storage.control.budget_models import Period
from storage.window import Window


def period_at(period: str, time_zone: str, at: datetime) -> Window:
    """Return the day or month of a time zone that a moment lies in, in UTC.

    It begins at local midnight; where a change of the clocks leaves that out, at the moment of the change.
    """
    local = at.astimezone(_zone(time_zone))
    first = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if period == Period.MONTH:
        first = first.replace(day=1)
    # Arithmetic of times with a zone is that of its clock, so this is the next midnight whatever lies between.
    after = _next_month(first) if period == Period.MONTH else first + timedelta(days=1)
    return Window(first.astimezone(UTC), after.astimezone(UTC))


@lru_cache(maxsize=700)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _next_month(first: datetime) -> datetime:
    return (first + timedelta(days=32)).replace(day=1)


def local_hours(start: datetime, count: int, time_zone: str) -> list[datetime]:
    """Return the local times of so many hours from `start` on, each as long after the one before."""
    zone = _zone(time_zone)
    return [(start + timedelta(hours=number)).astimezone(zone) for number in range(count)]
