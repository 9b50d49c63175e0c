"""List prices: the rates of genai-prices for a call, at all times.

The library answers what one call costs at one time. Here its prices are laid out instead: from which date, at which
time of day and above how many input tokens which rates hold. Each rate is the library's own answer for tokens of that
one kind, so that what it does where a kind has no price of its own (reasoning costs what output costs) is done here.

What spans do not count has no rate here: web searches and other tools of the provider, seconds of audio, characters,
pages, images by pixel, video. A model that is sold by such a unit alone is not priced: it costs something, and nobody
knows what.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

import genai_prices
from genai_prices import Usage
from genai_prices.types import (
    ModelInfo,
    ModelPrice,
    PriceVariant,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from storage.costs.prices import PriceKey

from .lookup import Found, find
from .periods import DECIMALS, EPOCH, TOKEN_UNITS, ZERO, Rate, described, timeline, unpriced

_DAY: Final = 86_400

# One token of each of our kinds, as the library counts it: a token in the cache is an input token too.
_TOKENS: Final[Mapping[str, tuple[str, ...]]] = {
    "input": ("input_tokens",),
    "cache_read": ("input_tokens", "cache_read_tokens"),
    "cache_write_5m": ("input_tokens", "cache_write_tokens", "cache_write_5m_tokens"),
    "cache_write_1h": ("input_tokens", "cache_write_tokens", "cache_write_1h_tokens"),
    "input_audio": ("input_tokens", "input_audio_tokens"),
    "cache_read_audio": (
        "input_tokens", "cache_read_tokens", "input_audio_tokens", "cache_audio_read_tokens",
    ),
    "input_image": ("input_tokens", "input_image_tokens"),
    "cache_read_image": (
        "input_tokens", "cache_read_tokens", "input_image_tokens", "cache_image_read_tokens",
    ),
    "output": ("output_tokens",),
    "reasoning": ("output_tokens", "output_reasoning_tokens"),
    "output_audio": ("output_tokens", "output_audio_tokens"),
    "output_image": ("output_tokens", "output_image_tokens"),
}  # fmt: skip

_COUNTED: Final = (
    "input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_5m_mtok", "cache_write_1h_mtok",
    "input_text_mtok", "output_text_mtok", "input_audio_mtok", "output_audio_mtok", "cache_audio_read_mtok",
    "input_image_mtok", "output_image_mtok", "cache_image_read_mtok", "output_reasoning_mtok", "requests_kcount",
)  # fmt: skip
"""The library's prices that are for something that spans count."""

# Service tiers that are the standard one under another name.
_STANDARD: Final = frozenset(
    ("", "auto", "default", "none", "on_demand", "standard", "standard_only")
)


@lru_cache(maxsize=8192)
def list_periods(key: PriceKey) -> tuple[Rate, ...]:
    """Return the list price of a call at all times; nothing where the catalogue does not have it."""
    found = find(key)
    return priced(found, Asked.of(key)) if found else ()


def is_standard(service_tier: str) -> bool:
    """Tell whether a service tier is the one that a provider's plain prices are for."""
    return service_tier.strip().lower() in _STANDARD


@dataclass(frozen=True)
class Asked:
    """How a call was asked to be served, as far as it changes the price."""

    tier: str = ""
    """A service tier; '' for the standard one."""
    batch: bool = False

    @classmethod
    def of(cls, key: PriceKey) -> "Asked":
        """Return what the span of a call says of it."""
        tier = key.service_tier.strip().lower()
        # Anthropic names its batches among the service tiers.
        batch = "batch" in (key.processing.strip().lower(), tier)
        return cls("" if tier in _STANDARD or tier == "batch" else tier, batch)

    @property
    def context(self) -> dict[str, str]:
        """The library's `price_context`."""
        context = {"processing": "batch"} if self.batch else {}
        if self.tier:
            context["service_tier"] = self.tier
        if self.tier == "fast":
            # Anthropic's name of it
            context["speed"] = "fast"
        return context


STANDARD: Final = Asked()
"""A call that was sent alone, in the standard tier."""


def priced(found: Found, asked: Asked = STANDARD) -> tuple[Rate, ...]:
    """Return the rates of a model of the catalogue at all times."""
    offer = _Offer(found, asked.context if found.owner is found.provider else {})
    periods = timeline(offer.starts(), offer.block_at)
    labels = {
        since: _label(found, asked, offer.served(since)) for since in {r.since for r in periods}
    }
    return tuple(_named(rate, labels[rate.since]) for rate in periods)


def _named(rate: Rate, label: str) -> Rate:
    if not rate.kind:
        return rate._replace(name=f"{label}: no price for tokens or requests is listed")
    return rate._replace(name=described(label, rate))


def _label(found: Found, asked: Asked, served: Mapping[str, str]) -> str:
    """Return whose price of which model it is, and whether the way of serving that was asked for has its own price."""
    label = f"{found.provider.id}/{found.model.id}"
    if found.owner is not found.provider:
        label += f" at {found.owner.id}'s price"
    wanted = {"batch": asked.batch, asked.tier: bool(asked.tier)}
    known = [name for name, is_wanted in wanted.items() if is_wanted and name in served.values()]
    missing = [name for name, is_wanted in wanted.items() if is_wanted and name not in known]
    if missing:
        label += f", standard price (no {' or '.join(missing)} price is listed)"
    return ", ".join((label, *known))


@dataclass(frozen=True)
class _Offer:
    """A model under the circumstances that its price depends on, beside time and length."""

    found: Found
    context: Mapping[str, str]

    @property
    def model(self) -> ModelInfo:
        return self.found.model

    def starts(self) -> set[datetime]:
        """Return when any of its prices begins to hold."""
        dates = (
            constraint.start_date
            for constraint in self._constraints()
            if isinstance(constraint, StartDateConstraint)
        )
        return {EPOCH, *(datetime.combine(date, time(), UTC) for date in dates)}

    def served(self, at: datetime) -> dict[str, str]:
        """Return what of the context has a price of its own at a time."""
        matching = (
            variant.when
            for variant in self._variants()
            if variant.constraint is None or variant.constraint.active(at)
        )
        return {name: value for when in matching for name, value in when.items()}

    def block_at(self, since: datetime) -> list[Rate]:
        """Return the rates of the day that a price begins on."""
        windows = [
            (start, end, self._prices(since + timedelta(seconds=start)))
            for start, end in self._windows()
        ]
        # What holds for the longest part of the day stands without a window, under the rest.
        windows.sort(key=lambda window: -((window[1] - window[0]) % _DAY or _DAY))
        if not any(_is_counted(prices) for _, _, prices in windows) and not self._is_free():
            return [unpriced(since)]
        rates: list[Rate] = []
        above: list[tuple[int, int, tuple[Decimal, ...]]] = []
        for least in _least_counts(prices for _, _, prices in windows):
            tier = _tier(since, least, windows)
            shape = [(rate.from_second, rate.to_second, rate.money) for rate in tier]
            if shape != above:
                rates += tier
                above = shape
        return rates

    def _is_free(self) -> bool:
        """Tell whether a model without a price is given away, as OpenRouter's names say; others are just not known."""
        return self.model.id.endswith(":free")

    def _constraints(self) -> Iterable[StartDateConstraint | TimeOfDateConstraint | None]:
        if isinstance(self.model.prices, list):
            yield from (price.constraint for price in self.model.prices)
        yield from (variant.constraint for variant in self._variants())

    def _variants(self) -> list[PriceVariant]:
        """Return the prices for circumstances that are given here."""
        return [
            variant
            for variant in self.model.price_variants or ()
            if variant.when.items() <= self.context.items()
        ]

    def _windows(self) -> list[tuple[int, int]]:
        """Return the parts of the day between which prices may differ, each from its second to the next one's."""
        edges = sorted(
            {
                _second(edge)
                for constraint in self._constraints()
                if isinstance(constraint, TimeOfDateConstraint)
                for edge in (constraint.start_time, constraint.end_time)
            }
        )
        return [*pairwise(edges), (edges[-1], edges[0])] if len(edges) > 1 else [(0, 0)]

    def _prices(self, at: datetime) -> ModelPrice:
        return self.model.get_prices(at, self.context)


def _tier(since: datetime, least: int, windows: list[tuple[int, int, ModelPrice]]) -> list[Rate]:
    """Return the rates of calls of at least so many input tokens: the windowless one, then those that differ."""
    _, _, mostly = windows[0]
    rates = [_rate(since, (0, 0), least, mostly)]
    for start, end, prices in sorted(windows[1:], key=lambda window: window[0]):
        rate = _rate(since, (start, end), least, prices)
        if rate.money != rates[0].money:
            rates.append(rate)
    return rates


def _rate(since: datetime, window: tuple[int, int], least: int, prices: ModelPrice) -> Rate:
    sent = prices.calc_price(Usage(input_tokens=least))
    request = sent["total_price"] - sent["input_price"] - sent["output_price"]
    tokens = (_of_one(prices, _TOKENS[kind], least) for kind in TOKEN_UNITS)
    return Rate._make((since, *window, least, "list", "", *tokens, request, ZERO))


def _of_one(prices: ModelPrice, usage_keys: tuple[str, ...], least: int) -> Decimal:
    """Return what one token of a kind costs in a call of so many input tokens: a share of the library's answer.

    It is rounded as the table of prices keeps it, which changes only prices that came to the library as binary
    fractions (0.18000000000000002 for a million tokens).
    """
    count = max(least, 1)
    if "output_tokens" in usage_keys:
        usage = Usage(input_tokens=least, **dict.fromkeys(usage_keys, count))
        return (prices.calc_price(usage)["output_price"] / count).quantize(DECIMALS)
    usage = Usage(**dict.fromkeys(usage_keys, count))
    return (prices.calc_price(usage)["input_price"] / count).quantize(DECIMALS)


def _least_counts(prices: Iterable[ModelPrice]) -> list[int]:
    """Return from how many input tokens on other rates hold. A tier holds for more tokens than its start."""
    starts = {
        tier.start
        for price in prices
        for value in price.__dict__.values()
        if isinstance(value, TieredPrices)
        for tier in value.tiers
    }
    return [0, *sorted(start + 1 for start in starts)]


def _is_counted(prices: ModelPrice) -> bool:
    return any(getattr(prices, price_key) is not None for price_key in _COUNTED)


def _second(edge: time) -> int:
    """Return an edge of a window as second of the UTC day; an edge within a second (23:59:59.999) is the next one's."""
    if edge.utcoffset():
        edge = datetime.combine(EPOCH.date(), edge).astimezone(UTC).time()
    whole = edge.hour * 3600 + edge.minute * 60 + edge.second
    return (whole + (edge.microsecond > 0)) % _DAY


@cache
def catalogue_version() -> str:
    """Return what identifies the list prices and how they are looked up: another one means that prices may differ."""
    digest = hashlib.sha256()
    for package, names in (
        ("genai_prices", ("data.py", "data_units.py", "types.py")),
        ("analytics.prices", ("catalogue.py", "lookup.py", "own.py", "periods.py", "resolve.py")),
    ):
        for name in names:
            digest.update(files(package).joinpath(name).read_bytes())
    return f"genai-prices {genai_prices.__version__} {digest.hexdigest()[:16]}"
