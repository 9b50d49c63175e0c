"""What explains a change of spend: the tenants, features, models and pairs of them that moved most."""

from datetime import datetime
from typing import Any, Final

from storage.client import Engine
from storage.costs.movers import Change, Movement, MoversQuestion, movers
from ui.costs_overview import before_of, ends
from ui.costs_question import DIMENSIONS, TOP, CostQuestion, traces_query

MOST_MOVERS: Final = 12
"""Values of a dimension, and of what explains most."""
_MOST_DIMENSIONS: Final = 4


def moved(engine: Engine, asked: CostQuestion, at: datetime) -> dict[str, Any]:
    """Return all that the page of movers shows, as of a moment. Raises BadInput for too many dimensions."""
    found = movement(engine, asked, at, MOST_MOVERS)
    return {
        "window": ends(found.now),
        "before": ends(found.before),
        "total": _change(asked, found.total),
        "leading": leading(asked, found),
        "by": [
            {
                "by": one.dimensions[0],
                "label": DIMENSIONS[one.dimensions[0]],
                "changes": [_change(asked, change) for change in one.changes if change.change_usd],
                "rest": _change(asked, one.rest) if one.rest else None,
            }
            for one in found.by
            if len(one.dimensions) == 1
        ],
        "dimensions": dimensions_of(asked),
    }


def movement(engine: Engine, asked: CostQuestion, at: datetime, most: int) -> Movement:
    """Return how spend changed against the window before, and what explains it."""
    window = asked.range.window(at)
    question = MoversQuestion(
        now=window,
        before=before_of(window),
        dimensions=dimensions_of(asked),
        where={name: (value,) for name, value in asked.where.items()},
        limit=most,
    )
    return movers(engine, asked.scope, question)


def dimensions_of(asked: CostQuestion) -> tuple[str, ...]:
    """Return what a change is explained by: what the page asks for, else the usual ones that are not narrowed."""
    usual = [name for name in (*TOP, *DIMENSIONS) if name not in asked.where]
    return asked.by[:_MOST_DIMENSIONS] or tuple(dict.fromkeys(usual))[: len(TOP)]


def leading(asked: CostQuestion, found: Movement) -> list[dict[str, Any]]:
    """Return what explains most of a change, the most first."""
    return [_change(asked, change) for change in found.leading]


def _change(asked: CostQuestion, change: Change) -> dict[str, Any]:
    return {
        "values": dict(change.by),
        "change_usd": float(change.change_usd),
        "before_usd": float(change.before.cost_usd),
        "now_usd": float(change.now.cost_usd),
        "requests_before": change.before.requests + change.before.unpriced_requests,
        "requests_now": change.now.requests + change.now.unpriced_requests,
        "volume_usd": float(change.volume_usd),
        "rate_usd": float(change.rate_usd),
        "new_usd": float(change.new_usd),
        "gone_usd": float(change.gone_usd),
        "traces": traces_query(asked, change.by),
    }
