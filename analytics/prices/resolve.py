"""What a call costs: a project's own prices where they hold, the list price elsewhere, and the list price beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from storage.costs.prices import PriceKey

from .catalogue import catalogue_version, list_periods, priced
from .lookup import sellers
from .own import OwnPrice, matching, own_block
from .periods import EPOCH, Rate, in_effect, timeline

CATALOGUE_VERSION: Final = catalogue_version()
"""Identifies the list prices and how they are looked up; where it was another one, keys have to be resolved again."""

_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ResolvedPrice:
    """The price of a way of naming a model, at all times; empty where none is known at any."""

    periods: tuple[Rate, ...]
    """What counts."""
    list_periods: tuple[Rate, ...]
    """What an API asks for it: also where own prices count; of the model to compare with where GPUs are paid."""


def resolve(key: PriceKey, own: Sequence[OwnPrice] = ()) -> ResolvedPrice:
    """Return the price of calls of a key in a project with these own prices."""
    listed = list_periods(key)
    entries = matching(own, key)
    if not entries:
        return ResolvedPrice(listed, listed)
    starts = _starts(entries, listed)
    compared = _compared(entries, key, listed)
    return ResolvedPrice(
        timeline(starts, lambda at: _block(entries, listed, at)),
        timeline(
            starts | {rate.since for periods in compared.values() for rate in periods},
            lambda at: in_effect(_beside(entries, compared, listed, at), at),
        ),
    )


def _starts(entries: Sequence[OwnPrice], listed: Sequence[Rate]) -> set[datetime]:
    """Return when another price may begin to hold, to the second, as price rows and the engine have it."""
    ends = (entry.valid_to for entry in entries if entry.valid_to is not None)
    edges = {_whole(at) for at in (*(entry.valid_from for entry in entries), *ends)}
    return {EPOCH, *edges, *(rate.since for rate in listed)}


def _whole(at: datetime) -> datetime:
    """Return a time as the first full second that is not before it."""
    return at.replace(microsecond=0) + (_SECOND if at.microsecond else timedelta())


def _block(entries: Sequence[OwnPrice], listed: Sequence[Rate], at: datetime) -> Sequence[Rate]:
    """Return the rates that count from a time on: of the first entry that says any, else the listed ones."""
    at_list = in_effect(listed, at)
    for entry in entries:
        if entry.holds(at) and (block := own_block(entry, at_list)):
            return block
    return at_list


def _compared(
    entries: Sequence[OwnPrice], key: PriceKey, listed: tuple[Rate, ...]
) -> dict[str, tuple[Rate, ...]]:
    """Return, by the entries that price GPUs, the list price to set beside."""
    return {entry.id: _api_price(entry, key, listed) for entry in entries if entry.kind == "gpu"}


def _api_price(entry: OwnPrice, key: PriceKey, listed: tuple[Rate, ...]) -> tuple[Rate, ...]:
    if entry.compare_model:
        return list_periods(PriceKey(entry.compare_provider, entry.compare_model))
    return listed or _only_price(key)


def _only_price(key: PriceKey) -> tuple[Rate, ...]:
    """Return the list price of a model that all who sell it ask the same for; nothing where they do not agree."""
    for name in key.models:
        asked = [priced(found) for found in sellers(name)]
        shapes = {tuple((*rate[:4], *rate.money) for rate in rates if rate.kind) for rates in asked}
        if asked:
            return asked[0] if len(shapes) == 1 else ()
    return ()


def _beside(
    entries: Sequence[OwnPrice],
    compared: dict[str, tuple[Rate, ...]],
    listed: tuple[Rate, ...],
    at: datetime,
) -> tuple[Rate, ...]:
    """Return the list price to set beside what counts at a time."""
    for entry in entries:
        if entry.holds(at) and (entry.kind != "discount" or in_effect(listed, at)):
            return compared.get(entry.id, listed)
    return listed
