"""Spend by up to two dimensions, with what each group cost before, and how costs are spread over requests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from storage.client import Engine
from storage.costs.distribution import distribution
from storage.costs.usage import UsageRow, usage
from storage.errors import BadInput
from storage.window import Window
from ui.costs_overview import earlier_costs, ends, plain, question, trend
from ui.costs_question import DIMENSIONS, TOP, CostQuestion, traces_of, traces_query

MOST_GROUPS: Final = 300
"""Rows of the table; the export has all."""

MOST_BARS: Final = 40

_FIGURES: Final = (
    "requests",
    "unpriced_requests",
    "input_tokens",
    "cache_read_tokens",
    "output_tokens",
    "cost_usd",
    "list_cost_usd",
    "cache_savings_usd",
    "failed_cost_usd",
    "retried_cost_usd",
    "cost_per_request_p50_usd",
    "cost_per_request_p95_usd",
)


def breakdown(engine: Engine, asked: CostQuestion, at: datetime) -> dict[str, Any]:
    """Return all that the page shows, as of a moment. Raises BadInput for more than two dimensions."""
    by = _by(asked)
    window = asked.range.window(at)
    found = usage(
        engine,
        asked.scope,
        question(asked, window, group_by=by, figures=_FIGURES, limit=MOST_GROUPS),
    )
    before = earlier_costs(engine, asked, window, by, [row.by for row in found.rows])
    return {
        "window": ends(window),
        "by": by,
        "totals": plain(found.totals.as_dict()),
        "rows": [_row(asked, row, before) for row in found.rows],
        "more": found.has_more,
        "spread": _spread(engine, asked, window),
        "trend": trend(engine, asked, window, by[0]),
        "traces": traces_query(asked),
        "export": _export(asked, window, by),
        "as_of": found.as_of.isoformat(),
    }


def _spread(engine: Engine, asked: CostQuestion, window: Window) -> list[dict[str, Any]]:
    """Return how many requests cost how much, in bars; each with the traces of its requests."""
    where = {name: (value,) for name, value in asked.where.items()}
    found = distribution(engine, asked.scope, window.start, window.end, where=where, bars=MOST_BARS)
    return [
        {
            "low": bar.low_usd,
            "high": bar.high_usd,
            "requests": bar.requests,
            "traces": traces_of(asked, bar.filter),
        }
        for bar in found.bars
    ]


def _by(asked: CostQuestion) -> tuple[str, ...]:
    """Return the dimensions of the table; where none is chosen, the usual ones that are not narrowed already."""
    if len(asked.by) > 2:
        raise BadInput("a table is by two dimensions at most", hint="name one or two in by=")
    usual = [name for name in (*TOP, *DIMENSIONS) if name not in asked.where]
    return asked.by or tuple(dict.fromkeys(usual))[:2]


def _row(
    asked: CostQuestion, row: UsageRow, before: Mapping[tuple[str, ...], float]
) -> dict[str, Any]:
    return plain(row.figures.as_dict()) | {
        "values": dict(row.by),
        "before_usd": before.get(tuple(row.by.values()), 0.0),
        "traces": traces_query(asked, row.by),
    }


def _export(asked: CostQuestion, window: Window, by: tuple[str, ...]) -> dict[str, str]:
    """Return the query of `GET /api/v1/usage` that answers the table; '' stands for calls that name none."""
    project = {"project": asked.project} if asked.project else {}
    times = {"start": window.start.isoformat(), "end": window.end.isoformat()}
    return {**project, **times, **asked.where, "group_by": ",".join(by)}
