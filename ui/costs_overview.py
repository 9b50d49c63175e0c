"""The overview of costs: what was spent in a range, against the range before, on what, and what the month comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from analytics.budgets.outlook import outlooks
from analytics.budgets.periods import period_at
from analytics.budgets.spending import NOTHING, spent
from analytics.budgets.standing import OF_CALLS, Standing, Terms
from storage.client import Engine
from storage.control.budget_models import Dimension, Period
from storage.costs.steps import Step
from storage.costs.usage import Usage, UsageQuestion, UsageRow, usage
from storage.window import Window
from ui.costs_question import DIMENSIONS, TOP, CostQuestion, traces_of, traces_query

MOST_TOP: Final = 6
MOST_SERIES: Final = 6
"""Values with a colour of their own in the trend; the rest stand together."""
USUAL_BY: Final = "model"

_DAY: Final = timedelta(days=1)
_FIGURES: Final = (
    "requests",
    "unpriced_requests",
    "failed_requests",
    "retried_requests",
    "input_tokens",
    "cache_read_tokens",
    "output_tokens",
    "cost_usd",
    "failed_cost_usd",
    "retried_cost_usd",
    "list_cost_usd",
    "cache_savings_usd",
    "gpu_seconds",
    "cost_per_request_p50_usd",
    "cost_per_request_p95_usd",
    "cost_per_request_p99_usd",
)
_SPEND: Final = ("requests", "unpriced_requests", "cost_usd")


def overview(engine: Engine, asked: CostQuestion, at: datetime) -> dict[str, Any]:
    """Return all that the page shows, as of a moment."""
    window = asked.range.window(at)
    whole = usage(engine, asked.scope, question(asked, window, figures=_FIGURES))
    # By itself: conversations are read from a larger rollup, which all other figures do not need.
    talk = usage(
        engine, asked.scope, question(asked, window, figures=("requests",), with_conversations=True)
    )
    before = before_of(window)
    earlier = usage(engine, asked.scope, question(asked, before, figures=_FIGURES))
    return {
        "window": ends(window),
        "before": ends(before),
        "totals": plain(talk.totals.as_dict() | whole.totals.as_dict()),
        "earlier": plain(earlier.totals.as_dict()),
        "trend": trend(engine, asked, window, asked.by[0] if asked.by else USUAL_BY),
        "top": [_top(engine, asked, window, name) for name in TOP if name not in asked.where],
        "forecast": _forecast(engine, asked, at),
        "traces": _traces(asked),
        "as_of": whole.as_of.isoformat(),
    }


def question(asked: CostQuestion, window: Window, **more: Any) -> UsageQuestion:
    """Return what is asked of the calls of a window, narrowed as the page is."""
    where = {name: (value,) for name, value in asked.where.items()}
    return UsageQuestion(
        start=window.start,
        end=window.end,
        time_zone=asked.zone,
        **{"where": where, "figures": _SPEND, **more},
    )


def before_of(window: Window) -> Window:
    """Return the window of the same length that ends where this one begins."""
    return Window(window.start - (window.end - window.start), window.start)


def ends(window: Window) -> list[int]:
    """Return both ends in Unix milliseconds."""
    return [window.start_ns // 1_000_000, window.end_ns // 1_000_000]


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures as JSON has them: money as numbers, of which a page shows a few digits."""
    return {
        name: float(value) if isinstance(value, Decimal) else value
        for name, value in values.items()
    }


def step_of(window: Window) -> Step:
    """Return the steps that a trend has: hours of two days, days of a quarter, weeks of two years, else months."""
    length = window.end - window.start
    if length <= 2 * _DAY:
        return "hour"
    if length <= 93 * _DAY:
        return "day"
    return "week" if length <= 731 * _DAY else "month"


def trend(engine: Engine, asked: CostQuestion, window: Window, by: str) -> dict[str, Any]:
    """Return spend by steps of time, told apart by one dimension: the largest values, and the rest together."""
    step = step_of(window)
    whole = usage(engine, asked.scope, question(asked, window, step=step))
    parts = usage(
        engine,
        asked.scope,
        question(asked, window, step=step, group_by=(by,), limit=MOST_SERIES),
    )
    shown = [_series(parts, group.by[by], by) for group in parts.groups]
    total = [row.figures.cost_usd for row in whole.rows]
    if parts.has_more:
        sums = [sum(costs, Decimal(0)) for costs in zip(*(s["cost"] for s in shown), strict=True)]
        rest = [max(one - known, Decimal(0)) for one, known in zip(total, sums, strict=True)]
        shown.append({"value": None, "cost": rest})
    return {
        "by": by,
        "step": step,
        "times": [round(start.timestamp() * 1000) for start in whole.steps.starts],
        "requests": [row.figures.requests for row in whole.rows],
        "total": [float(cost) for cost in total],
        "series": [
            {"value": one["value"], "cost": [float(cost) for cost in one["cost"]]} for one in shown
        ],
    }


def _series(parts: Usage, value: str, by: str) -> dict[str, Any]:
    there = {row.time: row.figures.cost_usd for row in parts.rows if row.by[by] == value}
    costs = [there.get(start, Decimal(0)) for start in parts.steps.starts]
    return {"value": value, "cost": costs}


def _top(engine: Engine, asked: CostQuestion, window: Window, by: str) -> dict[str, Any]:
    """Return the largest values of a dimension, each with what it cost before."""
    now = usage(engine, asked.scope, question(asked, window, group_by=(by,), limit=MOST_TOP))
    values = [row.by[by] for row in now.rows]
    before = earlier_costs(engine, asked, window, (by,), [{by: value} for value in values])
    return {
        "by": by,
        "label": DIMENSIONS[by],
        "more": now.has_more,
        "rows": [_row(asked, row, before) for row in now.rows],
    }


def earlier_costs(
    engine: Engine,
    asked: CostQuestion,
    window: Window,
    by: Sequence[str],
    groups: Sequence[Mapping[str, str]],
) -> dict[tuple[str, ...], float]:
    """Return what some groups cost in the window before, by their values."""
    if not groups:
        return {}
    first = by[0]
    where = {name: (value,) for name, value in asked.where.items()}
    narrowed = where | {first: tuple({group[first] for group in groups})}
    found = usage(
        engine,
        asked.scope,
        question(asked, before_of(window), group_by=tuple(by), where=narrowed, limit=10_000),
    )
    return {tuple(row.by[name] for name in by): float(row.figures.cost_usd) for row in found.rows}


def _row(
    asked: CostQuestion, row: UsageRow, before: Mapping[tuple[str, ...], float]
) -> dict[str, Any]:
    return {
        "values": dict(row.by),
        "cost_usd": float(row.figures.cost_usd),
        "requests": row.figures.requests,
        "unpriced_requests": row.figures.unpriced_requests,
        "before_usd": before.get(tuple(row.by.values()), 0.0),
        "traces": traces_query(asked, row.by),
    }


def _traces(asked: CostQuestion) -> dict[str, dict[str, str]]:
    """Return the lists of traces behind the figures of the whole range."""
    calls = traces_query(asked)
    return {
        "spend": calls,
        "cached": traces_of(asked, f"{calls['filter']} and cache_read_tokens > 0"),
        "failed": traces_query(asked, failed=True),
        "retried": traces_query(asked, retried=True),
    }


def _forecast(engine: Engine, asked: CostQuestion, at: datetime) -> dict[str, Any] | None:
    """Return what the reader's month comes to; None where what the page is narrowed to has no forecast."""
    narrowed = next(iter(asked.where.items()), (Dimension.PROJECT.value, ""))
    if len(asked.where) > 1 or narrowed[0] not in {Dimension.PROJECT.value, *OF_CALLS}:
        return None
    dimension, value = narrowed
    if asked.where and not value:
        return None
    month = period_at(Period.MONTH, asked.zone, at)
    so_far = Window(month.start, at)
    known = spent(engine, asked.scope, dimension, so_far, [value] if value else [])
    terms = _terms(dimension, value, asked.zone)
    standing = Standing(terms, value, month, known.get(value, NOTHING))
    [ahead] = outlooks(engine, asked.scope, terms, [standing], at)
    told = {
        name: asdict(ahead)[name] for name in ("forecast_usd", "low_usd", "high_usd", "missing")
    }
    return {"window": ends(month), "spent_usd": float(standing.spent.usd), **told}


def _terms(dimension: str, value: str, zone: str) -> Terms:
    """Return a budget of a month that nobody made: what a forecast needs to be of something."""
    return Terms(
        id="",
        name="",
        dimension=dimension,
        value=value,
        period=Period.MONTH,
        time_zone=zone,
        limit_usd=Decimal(1),
        warn_at=Decimal(1),
        enforce=False,
    )
