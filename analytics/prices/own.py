"""A project's own prices over the list: negotiated rates, fine-tuned and self-hosted models, discounts.

Where an entry is valid it decides, elsewhere the list price does. Of several that are valid for a call at a moment the
most specific counts: one that names the model before one with `*`, the longer name before the shorter, one that names
provider, service tier or processing before one that leaves them open; else the one that began last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Final, Literal, Protocol

from storage.costs.prices import PriceKey

from .catalogue import is_standard
from .periods import DECIMALS, EPOCH, MONEY, TOKEN_UNITS, ZERO, Rate, described

_MILLION: Final = 1_000_000
_HOUR: Final = 3_600
_DIGITS: Final = 76
"""Of the largest amounts in another currency, worked out without rounding."""

# What a kind of token costs that has no rate of its own: what the kind named here costs.
_AS: Final = {
    "cache_read": "input",
    "cache_write_5m": "input",
    "cache_write_1h": "cache_write_5m",
    "reasoning": "output",
    "input_audio": "input",
    "cache_read_audio": "cache_read",
    "output_audio": "output",
    "input_image": "input",
    "cache_read_image": "cache_read",
    "output_image": "output",
}


class OwnTier(Protocol):
    """Rates of calls that send in at least so many tokens; they hold for all of a call's tokens."""

    @property
    def least_input_tokens(self) -> int:
        """From how many input tokens on they hold."""

    @property
    def rates(self) -> Mapping[str, Decimal]:
        """Amounts by unit, as those of the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPrice:
    """What a project pays for some models from one moment on; storage.control.own_price_models keeps it."""

    id: str
    model: str
    """Name of a model; `*` in it stands for any text. Compared without regard to case."""
    valid_from: datetime
    """First moment at which it holds."""
    valid_to: datetime | None = None
    """First moment at which it holds no more."""
    provider: str = ""
    """As spans name it; '' any."""
    service_tier: str = ""
    processing: str = ""
    kind: Literal["rates", "discount", "gpu"] = "rates"
    currency: str = "USD"
    usd_per_unit: Decimal = Decimal(1)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    """Amounts in `currency`: of a million tokens of a kind, and of one `request`."""
    tiers: Sequence[OwnTier] = ()
    discount_percent: Decimal | None = None
    """Off the list price at every time: `discount` alone."""
    gpu_hour: Decimal | None = None
    """What one GPU costs an hour: `gpu` alone."""
    gpus: Decimal | None = None
    """GPUs of one replica; None for one."""
    compare_provider: str = ""
    compare_model: str = ""
    """Whose list price is shown beside what the GPUs cost."""

    def holds(self, at: datetime) -> bool:
        """Tell whether the entry is valid at a time."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)

    def is_for(self, key: PriceKey) -> bool:
        """Tell whether the entry is about calls of a key, at whatever time."""
        return (
            self.provider in {"", key.provider}
            and _same_tier(self.service_tier, key.service_tier)
            and self.processing in {"", key.processing}
            and any(_is_named(self.model, name) for name in key.models)
        )

    @property
    def specificity(self) -> tuple[object, ...]:
        """What the most specific entry has the most of; the newest of equals."""
        named = (self.provider, self.service_tier, self.processing)
        literal = self.model.replace("*", "")
        return (
            "*" not in self.model,
            len(literal),
            *(bool(name) for name in named),
            self.valid_from,
            self.id,
        )


def matching(own: Sequence[OwnPrice], key: PriceKey) -> list[OwnPrice]:
    """Return the entries about calls of a key, the one that counts where several are valid first."""
    ours = [entry for entry in own if entry.is_for(key)]
    return sorted(ours, key=lambda entry: entry.specificity, reverse=True)


def own_block(entry: OwnPrice, listed: Sequence[Rate]) -> list[Rate]:
    """Return the rates that hold while an entry does; none for a discount where there is no list price.

    The list price is the block that holds then.
    """
    if entry.kind == "discount":
        return _discounted(entry, listed)
    if entry.kind == "gpu":
        return [_gpu_rate(entry)]
    tiers = {0: entry.rates}
    tiers |= {tier.least_input_tokens: {**entry.rates, **tier.rates} for tier in entry.tiers}
    return [_rate(entry, least, tiers[least]) for least in sorted(tiers)]


def _rate(entry: OwnPrice, least: int, amounts: Mapping[str, Decimal]) -> Rate:
    rate = Rate(_since(entry), 0, 0, least, "own", "")
    usd = {unit: _usd(entry, _amount(amounts, unit), _MILLION) for unit in TOKEN_UNITS}
    usd["request"] = _usd(entry, amounts.get("request", ZERO), 1)
    name = described(f"own price of {_about(entry)}", rate)
    return Rate._make((*rate[:5], name, *(usd.get(unit, ZERO) for unit in MONEY)))


def _amount(amounts: Mapping[str, Decimal], unit: str) -> Decimal:
    """Return the amount for a kind of token, or for the kind that stands in for it."""
    while unit not in amounts and unit in _AS:
        unit = _AS[unit]
    return amounts.get(unit, ZERO)


def _gpu_rate(entry: OwnPrice) -> Rate:
    gpus = Decimal(1) if entry.gpus is None else entry.gpus
    hour = entry.gpu_hour or ZERO
    rate = Rate(_since(entry), 0, 0, 0, "gpu", "")
    cards = f"{gpus:f} GPU{'' if gpus == 1 else 's'} at {hour:f} {entry.currency} an hour"
    name = described(f"{_about(entry)} on {cards}", rate)
    return rate._replace(name=name, gpu_second=_usd(entry, hour * gpus, _HOUR))


def _discounted(entry: OwnPrice, listed: Sequence[Rate]) -> list[Rate]:
    percent = entry.discount_percent or ZERO
    return [
        Rate._make(
            (
                *rate[:4],
                "own",
                f"{rate.name}, less {percent:f} % since {entry.valid_from:%Y-%m-%d}",
                *((amount * (100 - percent) / 100).quantize(DECIMALS) for amount in rate.money),
            )
        )
        for rate in listed
        if rate.kind
    ]


def _usd(entry: OwnPrice, amount: Decimal, per: int) -> Decimal:
    """Return an amount for so many units as USD for one of them, as fine as the table of prices keeps it."""
    with localcontext(prec=_DIGITS):
        return (amount * entry.usd_per_unit / per).quantize(DECIMALS)


def _about(entry: OwnPrice) -> str:
    parts = (f"{entry.provider}/{entry.model}" if entry.provider else entry.model,)
    return ", ".join((*parts, *filter(None, (entry.service_tier, entry.processing))))


def _since(entry: OwnPrice) -> datetime:
    return max(entry.valid_from.astimezone(UTC), EPOCH)


def _same_tier(wanted: str, tier: str) -> bool:
    return wanted in {"", tier} or (is_standard(wanted) and is_standard(tier))


def _is_named(pattern: str, name: str) -> bool:
    """Tell whether a name is that of a pattern, in which `*` stands for any text; in one pass, whatever they are."""
    first, *rest = pattern.strip().lower().split("*")
    name = name.lower()
    if not rest:
        return name == first
    if not name.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return name.endswith(rest[-1]) and len(name) - len(rest[-1]) >= at
