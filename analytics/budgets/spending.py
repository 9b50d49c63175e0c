"""What was spent, as budgets ask for it: exact sums of an interval, and sums of hours for forecasts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from storage.client import Engine
from storage.query import load, run
from storage.scope import Scope
from storage.window import Window

MAX_VALUES: Final = 100_000
"""Tenants, features or tiers of one answer; those that spent least are left out first."""

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one of a dimension has spent."""

    usd: Decimal = Decimal(0)
    calls: int = 0
    """Counted calls, also those without a price."""


NOTHING: Final = Spent()


def spent(
    engine: Engine, scope: Scope, dimension: str, window: Window, values: Sequence[str] = ()
) -> dict[str, Spent]:
    """Return what each value of a dimension spent within `window`, exactly; who spent most comes first.

    `values` empty: all that spent. The whole project has the value ''. Raises QueryTimeout, TooMuchData,
    StoreUnavailable.
    """
    result = run(
        engine,
        scope,
        load("budgets/spent"),
        dimension=dimension,
        values=list(values),
        start=window.start,
        first_hour=_next_hour(window.start),
        end=window.end,
        limit=MAX_VALUES,
    )
    return {value: Spent(usd, calls) for value, usd, calls in result.result_rows}


def _next_hour(at: datetime) -> datetime:
    """Return the first whole hour that is not before a moment."""
    whole = at.replace(minute=0, second=0, microsecond=0)
    return whole if whole == at else whole + _HOUR


def by_hour(
    engine: Engine, scope: Scope, dimension: str, window: Window, values: Sequence[str]
) -> Mapping[str, NDArray[np.float64]]:
    """Return what each of `values` spent in each hour of `window`, whose ends are whole hours: USD.

    Raises QueryTimeout, TooMuchData, StoreUnavailable.
    """
    hours = (window.end - window.start) // _HOUR
    series = {value: np.zeros(hours) for value in values}
    result = run(
        engine,
        scope,
        load("budgets/by_hour"),
        dimension=dimension,
        values=list(values),
        start=window.start,
        end=window.end,
        limit=hours * max(len(values), 1),
    )
    first = int(window.start.timestamp())
    for value, at, usd in result.result_rows:
        series[value][(at - first) // 3600] = usd
    return series
