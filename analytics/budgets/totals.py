"""All that was ever spent, by model and tenant, as counters want it: of few by themselves, of the rest together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from storage.client import Engine
from storage.query import load, run
from storage.scope import Scope

_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class Pair:
    """A model and a tenant."""

    model: str
    tenant: str


@dataclass(frozen=True, slots=True)
class Totals:
    """What was used; the four kinds of tokens are disjoint, so that their sum is all."""

    usd: Decimal = Decimal(0)
    requests: int = 0
    input_tokens: int = 0
    """Without those that a provider's cache held."""
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0

    def plus(self, other: "Totals") -> "Totals":
        """Return the sum."""
        return Totals(*(a + b for a, b in zip(self.figures(), other.figures(), strict=True)))  # type: ignore[arg-type]

    def minus(self, other: "Totals") -> "Totals":
        """Return the difference; its figures may be negative."""
        return Totals(*(a - b for a, b in zip(self.figures(), other.figures(), strict=True)))  # type: ignore[arg-type]

    def rise(self, before: "Totals") -> "Totals":
        """Return by how much each figure is larger than before, nothing where it is smaller."""
        rises = (max(a, type(a)(0)) for a in self.minus(before).figures())
        return Totals(*rises)  # type: ignore[arg-type]

    def figures(self) -> tuple[Decimal | int, ...]:
        """Return the figures in the order of the fields."""
        return (
            self.usd,
            self.requests,
            self.input_tokens,
            self.cache_read_tokens,
            self.cache_write_tokens,
            self.output_tokens,
        )


def totals(
    engine: Engine, scope: Scope, *, most: int, shown: Collection[Pair]
) -> tuple[Mapping[Pair, Totals], Totals]:
    """Return the totals of `most` pairs that spent most and of those in `shown`, and of all others together.

    Raises QueryTimeout, TooMuchData, StoreUnavailable.
    """
    result = run(
        engine,
        scope,
        load("budgets/totals"),
        most=most,
        shown=[f"{pair.model}{_SEPARATOR}{pair.tenant}" for pair in shown],
        limit=most + len(shown) + 1,
    )
    by_itself: dict[Pair, Totals] = {}
    rest = Totals()
    for is_shown, model, tenant, *figures in result.result_rows:
        if is_shown:
            by_itself[Pair(model, tenant)] = Totals(*figures)
        else:
            rest = Totals(*figures)
    return by_itself, rest
