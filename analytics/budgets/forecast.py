"""What will have been spent at the end of a period, with an interval.

The model is exponential smoothing with multiplicative errors (Hyndman, Koehler, Ord, Snyder: Forecasting with
Exponential Smoothing, 2008, ch. 2 and 6) of what a day costs:

    spent on day d = level * weekday's factor * (1 + error),   next level = level * (1 + smoothing * error)

and a day's hours share it by a profile of each weekday. Factors and profiles are drawn towards the average day, the
more so the fewer days are known. The interval comes from paths into the future that repeat the relative errors of past
days, in blocks of days that followed one another, and of the same remaining hours of a day: nothing is assumed about
how errors are distributed. Each path also draws how far off the level may be now. bench/budget_forecast.py counts how
often the truth lies within.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_DAYS: Final = 14
"""Whole days that a forecast needs: each weekday twice."""

MIN_ACTIVE_DAYS: Final = 7
"""Days among them with any spend."""

HISTORY_DAYS: Final = 56
"""Days that are looked at: eight of each weekday; what is older says little about next month."""

COVERAGE: Final = 0.8
"""Share of intervals that the truth should lie within."""

_PATHS: Final = 2000
_BLOCK_DAYS: Final = 7
_SEED: Final = 20_080
_SMOOTHINGS: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.45)
_PULL_DAYS: Final = 2.0
"""The average day counts for so many days of a weekday's own."""
_LEAST_LEVEL: Final = 0.02
"""Of the average level: a level of nothing could never rise again by a factor."""
_LARGEST_ERROR: Final = 20.0
_LARGEST_LESSON: Final = 1.0
"""A day that costs more than twice what was expected raises the level no more than one of twice: robust smoothing,
as in Gelper, Fried, Croux: Robust forecasting with exponential and Holt-Winters smoothing, 2010."""
_LEAST_DOUBT: Final = 0.2
"""Below which share of what it seems to be the level is not taken to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known: whole local days, and today so far."""

    days: Floats
    """USD by day and local hour (n x 24), the oldest day first."""
    weekdays: Ints
    """Of each day, 0 is Monday."""
    today: Floats
    """USD by local hour (24) of the day that has begun."""
    elapsed: Floats
    """Which share of each hour of today is over (24)."""
    weekday: int
    """Of today."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is still to come until the end of the period, in USD: the median, and the ends of the interval."""

    usd: float
    low_usd: float
    high_usd: float
    days: Floats
    """The median by day from today on; sums to `usd`."""
    profile: Floats
    """Shares of a day by weekday and local hour (7 x 24)."""


def lacking(past: Past) -> str:
    """Return why there can be no forecast yet; '' if there can."""
    if len(past.days) < MIN_DAYS:
        return f"needs {MIN_DAYS} whole days of history, there are {len(past.days)}"
    active = int((past.days.sum(axis=1) > 0).sum())
    if active < MIN_ACTIVE_DAYS:
        return f"needs {MIN_ACTIVE_DAYS} days with any spend in the last {len(past.days)}, there are {active}"
    return ""


def forecast(past: Past, days_ahead: int) -> Forecast:
    """Return what the rest of today and `days_ahead` whole days after it will cost.

    Raises ValueError where `lacking` says what is missing. The same history gives the same forecast.
    """
    if missing := lacking(past):
        raise ValueError(missing)
    past = _recent(past)
    profile = _profile(past)
    random = np.random.default_rng(_SEED)
    paths = np.concatenate(
        [
            _paths(random, past, fit, _rest_of_day(past, profile, fit), (count, days_ahead))
            for fit, count in _fits(past)
        ]
    )
    low, median, high = np.quantile(
        paths.sum(axis=1), [(1 - COVERAGE) / 2, 0.5, (1 + COVERAGE) / 2]
    )
    by_day = paths.mean(axis=0)
    total = by_day.sum()
    by_day = by_day * (median / total) if total > 0 else by_day
    return Forecast(float(median), float(low), float(high), by_day, profile)


def _recent(past: Past) -> Past:
    return Past(
        days=past.days[-HISTORY_DAYS:],
        weekdays=past.weekdays[-HISTORY_DAYS:],
        today=past.today,
        elapsed=past.elapsed,
        weekday=past.weekday,
    )


def _profile(past: Past) -> Floats:
    """Return which share of a weekday's spend each hour has (7 x 24), drawn towards that of all days."""
    mean_day = past.days.sum(axis=1).mean()
    # One day that is spent evenly stands in for hours in which nothing happened to be spent yet.
    overall = past.days.sum(axis=0) + mean_day / 24
    overall = overall / overall.sum()
    profile = np.empty((7, 24))
    for weekday in range(7):
        own = past.days[past.weekdays == weekday].sum(axis=0)
        drawn = own + _PULL_DAYS * mean_day * overall
        profile[weekday] = drawn / drawn.sum()
    return profile


@dataclass(frozen=True, slots=True)
class _Fit:
    smoothing: float
    factors: Floats
    """Of weekdays (7), about 1."""
    own_factors: Floats
    """Of each past day (n), as they are without that day: a day must not explain itself."""
    levels: Floats
    """Before each past day (n), and before today: n + 1."""
    errors: Floats
    """Relative, of each past day (n)."""


def _fits(past: Past) -> list[tuple[_Fit, int]]:
    """Return the model with each smoothing, and in how many paths it counts: by how likely it makes the past.

    One alone would pass over that a few weeks cannot tell a level that drifts from one that stays.
    """
    totals = past.days.sum(axis=1)
    ratios = totals / np.maximum(_smooth(totals), _LEAST_LEVEL * totals.mean())
    factors, own = _factors(ratios, past.weekdays)
    fits = [_Fit(a, factors, own, *_levels(totals, own, a)) for a in _SMOOTHINGS]
    # What spends the same every day is missed by nothing; a little keeps that apart from all else.
    misses = np.array([_misses(totals, fit) for fit in fits]) + 1e-6 * totals.mean()
    # The likelihood of errors with two exponential tails, their scale estimated.
    likely = (misses.min() / misses) ** (len(totals) / 2)
    counts = np.ceil(_PATHS * likely / likely.sum()).astype(int)
    return [(fit, int(count)) for fit, count in zip(fits, counts, strict=True)]


def _factors(ratios: Floats, weekdays: Ints) -> tuple[Floats, Floats]:
    """Return the factor of each weekday (7), and of each day without that day itself (n).

    A weekday's mean is drawn towards 1 as far as chance explains its distance (empirical Bayes; Efron and Morris,
    1975): by the variance within weekdays against that between them.
    """
    counts = np.bincount(weekdays, minlength=7)
    sums = np.bincount(weekdays, weights=ratios, minlength=7)
    means = sums / np.maximum(counts, 1)
    within = float(((ratios - means[weekdays]) ** 2).sum() / max(len(ratios) - 7, 1))
    between = max(float(means.var(ddof=1)) - within * float((1 / counts).mean()), 0.0)
    own_counts = counts[weekdays] - 1
    own_means = (sums[weekdays] - ratios) / np.maximum(own_counts, 1)
    return _drawn(means, counts, within, between), _drawn(own_means, own_counts, within, between)


def _drawn(means: Floats, counts: Ints, within: float, between: float) -> Floats:
    noise = within / np.maximum(counts, 1)
    weight = between / (between + noise) if between + within > 0 else np.zeros(len(means))
    drawn: Floats = np.maximum(1 + weight * (means - 1), _LEAST_LEVEL)
    return drawn


def _smooth(totals: Floats) -> Floats:
    """Return the mean of seven days around each day, at the ends of the nearest seven: no weekday stands out."""
    means = np.convolve(totals, np.ones(7) / 7, mode="valid")
    return np.concatenate([np.full(3, means[0]), means, np.full(3, means[-1])])


def _levels(totals: Floats, factors: Floats, smoothing: float) -> tuple[Floats, Floats]:
    """Return the levels before each day and after the last, and the relative errors."""
    first = totals[:7].sum() / factors[:7].sum()
    least = _LEAST_LEVEL * totals.mean()
    levels, errors = np.empty(len(totals) + 1), np.empty(len(totals))
    levels[0] = max(first, least)
    for day, total in enumerate(totals):
        errors[day] = min(total / (levels[day] * factors[day]) - 1, _LARGEST_ERROR)
        levels[day + 1] = max(levels[day] * (1 + smoothing * _lesson(errors[day])), least)
    return levels, errors


def _misses(totals: Floats, fit: _Fit) -> float:
    """Return how far one-day forecasts missed, in money: the later half counts, the level has settled by then."""
    expected = fit.levels[:-1] * fit.own_factors
    half = len(totals) // 2
    return float(np.abs(totals - expected)[half:].sum())


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is left of a day at this time of day."""

    share: float
    """Of today's spend."""
    level: float
    """As of now: with what today has shown so far."""
    errors: Floats
    """Relative, of the same hours of each past day (n)."""


def _rest_of_day(past: Past, profile: Floats, fit: _Fit) -> _Rest:
    left = 1 - past.elapsed
    shares = profile @ left  # by weekday
    own = shares[past.weekdays]
    expected = fit.levels[:-1] * fit.own_factors
    so_far = past.days @ past.elapsed
    levels = _updated(fit.levels[:-1], so_far, expected * (1 - own), 1 - own, fit.smoothing)
    tails = past.days @ left
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = tails / (levels * fit.own_factors * own) - 1
    errors = np.clip(np.nan_to_num(errors, nan=0.0, posinf=0.0), -1, _LARGEST_ERROR)
    share = float(shares[past.weekday])
    expected_today = fit.levels[-1] * fit.factors[past.weekday] * (1 - share)
    level = _updated(
        fit.levels[-1:],
        np.array([past.today.sum()]),
        np.array([expected_today]),
        np.array([1 - share]),
        fit.smoothing,
    )
    return _Rest(share, float(level[0]), errors)


def _updated(
    levels: Floats, so_far: Floats, expected: Floats, shares: Floats, smoothing: float
) -> Floats:
    """Return levels after a share of a day: its error counts for that share."""
    errors = np.where(expected > 0, so_far / np.maximum(expected, 1e-300) - 1, 0.0)
    updated: Floats = levels * (1 + smoothing * shares * _lesson(errors))
    return updated


def _lesson(errors: Floats) -> Floats:
    """Return relative errors as they move the level."""
    lesson: Floats = np.clip(errors, -1, _LARGEST_LESSON)
    return lesson


def _paths(
    random: np.random.Generator, past: Past, fit: _Fit, rest: _Rest, shape: tuple[int, int]
) -> Floats:
    """Return what today's rest and each day ahead cost in each of many futures. `shape`: paths, days ahead."""
    count, days_ahead = shape
    known = len(fit.errors)
    picked = _blocks(random, known, (count, days_ahead + 1))
    levels = rest.level * _level_doubt(random, fit, count)
    errors = _widened(rest.errors)[picked[:, 0]]
    paths = np.empty((count, days_ahead + 1))
    paths[:, 0] = levels * fit.factors[past.weekday] * rest.share * (1 + errors)
    levels = levels * (1 + fit.smoothing * rest.share * _lesson(errors))
    daily = _widened(fit.errors)
    for day in range(1, days_ahead + 1):
        errors = daily[picked[:, day]]
        paths[:, day] = levels * fit.factors[(past.weekday + day) % 7] * (1 + errors)
        levels = levels * (1 + fit.smoothing * _lesson(errors))
    return paths


def _blocks(random: np.random.Generator, known: int, shape: tuple[int, int]) -> Ints:
    """Return which past days each path repeats: blocks of days in a row, from the last day on to the first."""
    count, length = shape
    starts = random.integers(0, known, size=(count, -(-length // _BLOCK_DAYS), 1))
    days = (starts + np.arange(_BLOCK_DAYS)) % known
    return days.reshape(count, -1)[:, :length].astype(np.int64)


def _level_doubt(random: np.random.Generator, fit: _Fit, count: int) -> Floats:
    """Return by which factor the level may be off in each path: it is itself an average of days with errors."""
    known = len(fit.errors)
    weights = fit.smoothing * (1 - fit.smoothing) ** np.arange(known)
    # What weighs the rest is the first level, a mean of seven days.
    weights[-7:] += (1 - fit.smoothing) ** known / 7
    lessons = _lesson(fit.errors)
    centred = lessons - lessons.mean()
    drawn: Floats = centred[_blocks(random, known, (count, known))] @ weights
    doubt: Floats = np.maximum(1 + drawn, _LEAST_DOUBT)
    return doubt


def _widened(errors: Floats) -> Floats:
    """Return errors a little further apart: those of few days reach less far than what they come from."""
    middle = float(np.median(errors))
    widened: Floats = np.maximum(middle + (errors - middle) * (1 + 2.0 / len(errors)), -1)
    return widened
