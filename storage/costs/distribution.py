"""How much single calls cost: a histogram, each bar with the filter that finds the traces of its calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.client import Engine
from storage.costs.coverage import coverage
from storage.costs.dimensions import Where, condition, source_of
from storage.costs.facts import BUCKET_WIDTH, NO_COST_BUCKET
from storage.costs.filtering import traces_filter
from storage.costs.steps import cut
from storage.costs.usage import within_store
from storage.costs.usage_questions import question
from storage.costs.usage_sql import BUCKETS, rows_of, values_of
from storage.errors import BadInput
from storage.query import run
from storage.scope import Scope
from storage.window import Window

MAX_BARS: Final = 200

_UNPRICED: Final = NO_COST_BUCKET + 1


@dataclass(frozen=True, slots=True)
class Bar:
    """Calls that cost more than `low_usd` and at most `high_usd`; those that cost nothing: both are 0."""

    low_usd: float
    high_usd: float
    requests: int
    filter: str
    """Of the trace list: traces with such a call."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Bars of equal width on a logarithmic scale, empty ones between them included; calls without a price apart."""

    bars: list[Bar]
    unpriced_requests: int
    unpriced_filter: str
    window: Window


def distribution(
    engine: Engine,
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    where: Where | None = None,
    bars: int = 40,
) -> Distribution:
    """Return how much the calls cost that started in [start, end), in at most `bars` bars that are priced.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    if not 1 <= bars <= MAX_BARS:
        raise BadInput(f"bars is {bars}", hint=f"from 1 to {MAX_BARS} are possible")
    where = where or {}
    narrowed = condition(where)
    steps = cut(within_store(Window(start, end)), None)
    covered = coverage(engine, scope, source_of(list(where)), steps)
    query = question(
        "distribution",
        unpriced=str(_UNPRICED),
        rows=rows_of((), ("unpriced_requests", BUCKETS), covered, narrowed),
    )
    result = run(engine, scope, query, **values_of(query, covered, narrowed))
    found = {int(bucket): int(requests) for bucket, requests in result.result_rows}
    unpriced = found.pop(_UNPRICED, 0)
    return Distribution(
        _bars(found, bars, where), unpriced, traces_filter(where, is_priced=False), steps.window
    )


def _bars(found: Mapping[int, int], most: int, where: Where) -> list[Bar]:
    free = found.get(NO_COST_BUCKET, 0)
    costs = sorted(bucket for bucket in found if bucket != NO_COST_BUCKET)
    bars = [Bar(0, 0, free, traces_filter(where, cost=(0, 0)))] if free else []
    if not costs:
        return bars
    width = -(-(costs[-1] - costs[0] + 1) // most)
    for last in range(costs[0] + width - 1, costs[-1] + width, width):
        buckets: Sequence[int] = range(last - width + 1, last + 1)
        low, high = BUCKET_WIDTH ** (last - width), BUCKET_WIDTH**last
        count = sum(found.get(bucket, 0) for bucket in buckets)
        bars.append(Bar(low, high, count, traces_filter(where, cost=(low, high))))
    return bars
