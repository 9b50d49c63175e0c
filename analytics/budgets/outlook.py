"""Where a budget is heading: how fast it is spent, what will be spent at the end of its period, when it is used up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

from analytics.budgets.forecast import HISTORY_DAYS, Floats, Forecast, Past, forecast, lacking
from analytics.budgets.periods import local_hours, period_at
from analytics.budgets.spending import by_hour
from analytics.budgets.standing import Standing, Terms
from storage.client import Engine
from storage.control.budget_models import Period
from storage.scope import Scope
from storage.window import Window

LATELY: Final = {Period.DAY: timedelta(hours=3), Period.MONTH: timedelta(hours=24)}
"""What "now" means to how fast a budget is spent: a day's budget by the last hours, a month's by the last day."""

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Where one budget of one tenant, feature or tier is heading."""

    usd_per_hour: float
    """Lately: the mean of `LATELY`."""
    burn_rate: float
    """That, as a multiple of the rate at which the limit lasts for exactly the period."""
    forecast_usd: float | None
    """What will have been spent at the end of the period: as likely more as less. None: too little is known."""
    low_usd: float | None
    high_usd: float | None
    """The ends of the interval that has 80 % of what may come."""
    missing: str
    """What a forecast lacks; '' where there is one."""
    used_up_at: datetime | None
    """When the limit will have been spent, if it goes as forecast; None: not before the period ends, or already."""


def outlooks(
    engine: Engine, scope: Scope, terms: Terms, standings: Sequence[Standing], at: datetime
) -> list[Outlook]:
    """Return where each standing of a budget is heading, in their order.

    Raises QueryTimeout, TooMuchData, StoreUnavailable.
    """
    if not standings:
        return []
    today = period_at(Period.DAY, terms.time_zone, at).start
    window = Window(_whole(today - timedelta(days=HISTORY_DAYS + 1)), _whole(at) + _HOUR)
    series = by_hour(engine, scope, terms.dimension, window, [s.value for s in standings])
    clock = _Clock(window, terms.time_zone, at)
    return [_outlook(standing, series[standing.value], clock) for standing in standings]


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class _Clock:
    """Which local day and hour each hour of a series is."""

    def __init__(self, window: Window, time_zone: str, at: datetime) -> None:
        self.at = at
        hours = local_hours(window.start, (window.end - window.start) // _HOUR, time_zone)
        self.local = at.astimezone(hours[-1].tzinfo)
        self.today = self.local.date()
        self._first = hours[0].date()
        self._days = np.array([(hour.date() - self._first).days for hour in hours])
        self._hours = np.array([hour.hour for hour in hours])
        # Of the hour that has begun, as a share; zones at :30 and :45 begin theirs within one of the series.
        self.begun = (at - _whole(at)) / _HOUR

    def past(self, series: Floats) -> Past:
        """Return a series by local days: those from the first whole one with any spend on, and today."""
        table = np.zeros((int(self._days.max()) + 1, 24))
        np.add.at(table, (self._days, self._hours), series)
        count = (self.today - self._first).days
        table, today = table[:count], table[count]
        active = np.flatnonzero(table.sum(axis=1) > 0)
        # What began during its first day has no whole day there; the window itself begins within one.
        first = int(active[0]) + 1 if len(active) else count
        weekdays = (self._first.weekday() + np.arange(first, count)) % 7
        return Past(
            days=table[first:],
            weekdays=weekdays,
            today=today,
            elapsed=np.clip(self.local.hour + self.local.minute / 60 - np.arange(24), 0, 1),
            weekday=self.today.weekday(),
        )


def _outlook(standing: Standing, series: Floats, clock: _Clock) -> Outlook:
    terms, window = standing.terms, standing.window
    lately = LATELY[Period(terms.period)] // _HOUR
    rate = float(series[-1 - lately :].sum()) / (lately + clock.begun)
    even = float(terms.limit_usd) / ((window.end - window.start) / _HOUR)
    past = clock.past(series)
    missing = lacking(past)
    found = None if missing else forecast(past, _days_ahead(window, clock))
    so_far = float(standing.spent.usd)
    return Outlook(
        usd_per_hour=rate,
        burn_rate=rate / even,
        forecast_usd=so_far + found.usd if found else None,
        low_usd=so_far + found.low_usd if found else None,
        high_usd=so_far + found.high_usd if found else None,
        missing=missing,
        used_up_at=_used_up_at(standing, past, found, clock) if found else None,
    )


def _days_ahead(window: Window, clock: _Clock) -> int:
    """Return how many whole days of the period follow today."""
    last = (window.end.astimezone(clock.local.tzinfo) - timedelta(microseconds=1)).date()
    return (last - clock.today).days


def _used_up_at(standing: Standing, past: Past, found: Forecast, clock: _Clock) -> datetime | None:
    """Return when the median reaches the limit: within a day, it goes by the weekday's profile."""
    left = float(standing.terms.limit_usd - standing.spent.usd)
    if left <= 0 or found.usd < left:
        return None
    for ahead, usd in enumerate(found.days):
        if usd >= left:
            shares = found.profile[(past.weekday + ahead) % 7]
            shares = shares * (1 - past.elapsed) if ahead == 0 else shares
            cut = np.cumsum(shares) / shares.sum() * usd
            hour = int(np.searchsorted(cut, left))
            return _moment(clock, clock.today + timedelta(days=ahead), min(hour, 23))
        left -= usd
    return None


def _moment(clock: _Clock, day: date, hour: int) -> datetime:
    """Return the end of a local hour in UTC, not before now."""
    begin = datetime(day.year, day.month, day.day, hour, tzinfo=clock.local.tzinfo)
    return max(begin.astimezone(UTC) + _HOUR, clock.at)
