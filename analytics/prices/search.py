"""Find models of the catalogue by a part of their name, with what they cost now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, Provider

from .catalogue import priced
from .lookup import OUR_NAMES, Found, spelling
from .periods import TOKEN_UNITS, Rate, in_effect

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class ListedRates:
    """What a model costs from so many input tokens on, in USD: a million tokens of each kind, and a request."""

    least_input_tokens: int
    rates: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model of the catalogue as own prices name it, with its standard price at a time."""

    provider: str
    """In the values of `gen_ai.provider.name`."""
    model: str
    name: str
    """Its name for people; its id where it has none."""
    price_name: str
    tiers: tuple[ListedRates, ...]
    """The smallest bound first, which is 0; empty where spans cannot tell what it costs."""


def search(text: str, *, at: datetime, limit: int = 50) -> list[ListedModel]:
    """Return the models whose provider, id or name has every word of a text, those that match best first.

    An id that is the text comes before one that begins with it, and that before the rest.
    """
    words = text.lower().split()
    found = [
        (provider, model)
        for provider in get_snapshot().providers
        for model in provider.models
        if all(word in _haystack(provider, model) for word in words)
    ]
    wanted = text.strip().lower()
    found.sort(key=lambda pair: _rank(wanted, *pair))
    return [_listed(Found(provider, model, provider), at) for provider, model in found[:limit]]


def _haystack(provider: Provider, model: ModelInfo) -> str:
    ours = OUR_NAMES.get(provider.id, provider.id)
    return (
        f"{ours} {provider.id} {provider.name} {provider.id}/{model.id} {model.name or ''}".lower()
    )


def _rank(wanted: str, provider: Provider, model: ModelInfo) -> tuple[bool, bool, bool, str, str]:
    name = model.id.lower()
    return (
        name != wanted,
        not name.startswith(wanted),
        # who sells others' models comes after who makes them
        "/" in name or provider.model_match is None,
        provider.id,
        name,
    )


def _listed(found: Found, at: datetime) -> ListedModel:
    now = in_effect(priced(found), at)
    return ListedModel(
        provider=OUR_NAMES.get(found.provider.id, found.provider.id),
        model=spelling(found),
        name=found.model.name or found.model.id,
        price_name=now[0].name if now else "",
        tiers=tuple(_tiers(now)),
    )


def _tiers(rates: Iterable[Rate]) -> Iterable[ListedRates]:
    """Tell the rates that hold most of the day."""
    for rate in rates:
        if rate.kind and rate.from_second == rate.to_second:
            tokens = {unit: getattr(rate, unit) * _MILLION for unit in TOKEN_UNITS}
            amounts = {**tokens, "request": rate.request}
            yield ListedRates(
                rate.least_input_tokens,
                {unit: _plain(amount) for unit, amount in amounts.items()},
            )


def _plain(amount: Decimal) -> Decimal:
    """Return an amount without zeros at its end."""
    return amount.quantize(Decimal(1)) if amount == amount.to_integral() else amount.normalize()
