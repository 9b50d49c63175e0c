"""What asking a judge costs: the price that the operator set, else the list price of its model."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from analytics.prices.catalogue import list_periods
from analytics.prices.periods import rate_at
from storage.costs.prices import PriceKey


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens."""

    input: float
    output: float


def is_priced(model: str) -> bool:
    """Tell whether a list price of a model is known."""
    rate = rate_at(list_periods(PriceKey(request_model=model)), datetime.now(UTC), 1)
    return rate is not None and bool(rate.kind)


def cost_usd(usage: Any, model: str, price: Price | None) -> float:
    """Return what a request cost, by the `usage` of its answer; 0 where no price is known or no tokens are told."""
    tokens = usage if isinstance(usage, Mapping) else {}
    sent, given = _count(tokens, "prompt_tokens"), _count(tokens, "completion_tokens")
    if price is not None:
        return (sent * price.input + given * price.output) / 1e6
    rate = rate_at(list_periods(PriceKey(request_model=model)), datetime.now(UTC), sent)
    if rate is None or not rate.kind:
        return 0.0
    cached = min(sent, _count(tokens.get("prompt_tokens_details") or {}, "cached_tokens"))
    money = (
        (sent - cached) * rate.input + cached * rate.cache_read + given * rate.output + rate.request
    )
    return float(money)


def _count(tokens: Mapping[str, Any], name: str) -> int:
    count = tokens.get(name) if isinstance(tokens, Mapping) else None
    return count if isinstance(count, int) and count > 0 else 0
