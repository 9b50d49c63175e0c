"""What the models that a project calls cost at a moment, as the engine prices their calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from storage.client import Engine
from storage.costs.prices import UNITS, PriceKey
from storage.query import load, run
from storage.scope import Scope


@dataclass(frozen=True, slots=True)
class RateInUse:
    """What calls cost that send in at least so many tokens: USD by unit, of `storage.costs.prices.UNITS`."""

    least_input_tokens: int
    kind: str
    """`list`, `own` or `gpu`; '' where there is no price."""
    name: str
    units: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class PriceInUse:
    """A way in which calls name their model, with its rates by the length of the input; none if it has no price."""

    key: PriceKey
    rates: tuple[RateInUse, ...]


def prices_in_use(
    engine: Engine, scope: Scope, *, at: datetime, limit: int = 1000
) -> list[PriceInUse]:
    """Return what each model that the project ever called costs at a moment, by provider and model.

    Rates of certain hours of the day are left out: those that hold most of the day are told.
    """
    rows = run(engine, scope, load("prices/in_use"), at=at, limit=limit).result_rows
    return [PriceInUse(PriceKey(*row[:5]), tuple(_rate(*rate) for rate in row[5])) for row in rows]


def _rate(least: int, kind: str, name: str, units: list[Decimal]) -> RateInUse:
    return RateInUse(least, kind, name, dict(zip(UNITS, units, strict=False)))
