"""The cost pages' data: what each draws of the calls in a window."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from storage.costs.prices_in_use import PriceInUse, prices_in_use
from ui import costs_question, state
from ui.costs_breakdown import breakdown
from ui.costs_hosting import hosting
from ui.costs_movers import leading, moved, movement
from ui.costs_overview import overview
from ui.costs_unpriced import unpriced
from ui.data.answers import json
from ui.services import Services

MOST_LEADING: Final = 5
"""Movers that the overview names."""

_MILLION: Final = 1_000_000
_HOUR_S: Final = 3600


def routes(services: Services) -> APIRouter:
    """Return the endpoints of the cost pages."""
    router = APIRouter(prefix="/costs")

    @router.get("/overview")
    def get_overview(request: Request) -> Response:
        asked = costs_question.parse(request.query_params)
        at = datetime.now(UTC)
        shown = overview(services.engine, asked, at)
        found = movement(services.engine, asked, at, MOST_LEADING)
        return json(shown | {"movers": leading(asked, found)})

    @router.get("/breakdown")
    def get_breakdown(request: Request) -> Response:
        asked = costs_question.parse(request.query_params)
        return json(breakdown(services.engine, asked, datetime.now(UTC)))

    @router.get("/movers")
    def get_movers(request: Request) -> Response:
        asked = costs_question.parse(request.query_params)
        return json(moved(services.engine, asked, datetime.now(UTC)))

    @router.get("/hosting")
    def get_hosting(request: Request) -> Response:
        asked = costs_question.parse(request.query_params)
        return json(hosting(services.engine, asked, datetime.now(UTC)))

    @router.get("/unpriced")
    def get_unpriced(request: Request) -> Response:
        asked = costs_question.parse(request.query_params)
        return json(unpriced(services.engine, asked, datetime.now(UTC)))

    @router.get("/prices")
    def prices(request: Request) -> Response:
        scope = state.reading(request.query_params.get("project", ""))
        found = prices_in_use(services.engine, scope, at=datetime.now(UTC))
        return json({"prices": _prices(found)})

    return router


def _prices(found: Sequence[PriceInUse]) -> list[dict[str, Any]]:
    """Return the rows of the table of prices in use: one for all names under which a model is asked for alike."""
    rows: dict[str, dict[str, Any]] = {}
    for price in found:
        row = _price(price)
        asked_as = price.key.request_model
        kept = rows.setdefault(repr(row), row | {"asked_as": []})
        if asked_as not in {"", row["model"]}:
            kept["asked_as"].append(asked_as)
    return list(rows.values())


def _price(price: PriceInUse) -> dict[str, Any]:
    """Return a price as the table has it; amounts are of a million tokens, exact, as text."""
    key = price.key
    shown: dict[str, Any] = {
        "model": key.response_model or key.request_model,
        "provider": key.provider,
        "service_tier": key.service_tier,
        "processing": key.processing,
    }
    if not price.rates:
        return shown | {"kind": "", "name": "", "rates": {}, "gpu_hour": "0", "tiers": 0}
    first = price.rates[0]
    tokens = {unit: _plain(rate * _MILLION) for unit, rate in first.units.items()}
    return shown | {
        "kind": first.kind,
        "name": first.name,
        "rates": tokens,
        "gpu_hour": _plain(first.units.get("gpu_second", Decimal(0)) * _HOUR_S),
        "tiers": len(price.rates) - 1,
    }


def _plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")
