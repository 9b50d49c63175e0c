"""Prices as the engine keeps them: a row for each way in which calls name their model."""

from collections.abc import Sequence

from storage.costs.prices import PriceKey, PriceRow
from storage.costs.prices import Rate as StoredRate

from .own import OwnPrice
from .periods import MONEY, Rate
from .resolve import resolve


def price_row(key: PriceKey, own: Sequence[OwnPrice] = ()) -> PriceRow:
    """Return the row of a key in a project with these own prices."""
    resolved = resolve(key, own)
    listed = [_stored(rate) for rate in resolved.list_periods]
    return PriceRow(key, [_stored(rate) for rate in resolved.periods], listed)


def _stored(rate: Rate) -> StoredRate:
    return StoredRate(
        since=rate.since,
        kind=rate.kind,
        name=rate.name,
        units=dict(zip(MONEY, rate.money, strict=True)),
        least_input_tokens=rate.least_input_tokens,
        from_second=rate.from_second,
        to_second=rate.to_second,
    )
