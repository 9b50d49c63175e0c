"""Self-hosted models: what their GPU time cost, beside what an API would have charged for the same calls."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from storage.client import Engine
from storage.costs.hosting import served
from storage.costs.prices_in_use import prices_in_use
from storage.costs.usage import usage
from ui.costs_overview import ends, plain, question
from ui.costs_question import CostQuestion, traces_of, traces_query

MOST_MODELS: Final = 200
_BY: Final = ("model", "provider")
_FIGURES: Final = (
    "requests",
    "unpriced_requests",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "list_cost_usd",
    "gpu_seconds",
)


def hosting(engine: Engine, asked: CostQuestion, at: datetime) -> dict[str, Any]:
    """Return all that the page shows, as of a moment. What the serving tier did is of the whole project."""
    window = asked.range.window(at)
    found = usage(
        engine,
        asked.scope,
        question(
            asked, window, group_by=_BY, figures=_FIGURES, order="-gpu_seconds", limit=MOST_MODELS
        ),
    )
    by_gpu = _priced_by_gpu(engine, asked, at)
    return {
        "window": ends(window),
        "models": [
            plain(row.figures.as_dict())
            | {
                "values": dict(row.by),
                "by_gpu": (row.by["model"], row.by["provider"]) in by_gpu,
                "traces": traces_query(asked, row.by),
            }
            for row in found.rows
            if row.figures.gpu_seconds
        ],
        "served": [
            asdict(one) | {"traces": traces_of(asked, "operation = serve")}
            for one in served(engine, asked.scope, window)
        ],
        "narrowed": bool(asked.where),
    }


def _priced_by_gpu(engine: Engine, asked: CostQuestion, at: datetime) -> set[tuple[str, str]]:
    """Return the models, each with its provider, for which a GPU-hour has a price."""
    return {
        (price.key.response_model or price.key.request_model, price.key.provider)
        for price in prices_in_use(engine, asked.scope, at=at)
        if any(rate.kind == "gpu" for rate in price.rates)
    }
