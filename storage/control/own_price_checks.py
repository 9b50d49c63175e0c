"""What may be an entry of a project's own prices. Errors say what to mend."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, get_args

from storage.control.checks import checked_name
from storage.control.own_price_models import RATES, Kind, Tier
from storage.conventions import PROVIDERS
from storage.errors import BadInput

MAX_MODEL: Final = 256
MAX_NOTE: Final = 500
MAX_TIERS: Final = 10
_MAX_PROVIDER: Final = 100
_MAX_SERVICE_TIER: Final = 32

_PLACES: Final = 12
"""Digits after the point of an amount: a price for a million tokens is then exact for one (18)."""
_DIGITS: Final = 9
"""Digits before the point of an amount."""

_MAX_USD: Final = 1_000_000
"""Of one amount. Above it is a slip, and what is worked out of it might not fit the engine's columns."""
_MAX_GPUS: Final = 1_000
"""Of one replica."""

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_USD: Final = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPriceSpec:
    """An entry of a project's own prices as an editor describes it; `OwnPriceEntry` says what each member means."""

    provider: str = ""
    model: str
    service_tier: str = ""
    processing: str = ""
    valid_from: datetime
    valid_to: datetime | None = None
    kind: Kind = "rates"
    currency: str = _USD
    usd_per_unit: Decimal = Decimal(1)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    tiers: Sequence[Tier] = ()
    discount_percent: Decimal | None = None
    gpu_hour: Decimal | None = None
    gpus: Decimal | None = None
    compare_provider: str = ""
    compare_model: str = ""
    note: str = ""

    def checked(self) -> "OwnPriceSpec":
        """Return the entry as it is kept: texts trimmed, times to the second. Raises BadInput for what is none."""
        if self.kind not in get_args(Kind):
            raise BadInput(f"an entry of kind {self.kind!r}", hint="rates, discount or gpu")
        _check_members(self)
        spec = replace(self, note=checked_name(self.note, most=MAX_NOTE, what="note"))
        return _OF_KIND[self.kind](_with_currency(_with_times(_with_key(spec))))


def _check_members(spec: OwnPriceSpec) -> None:
    for kind, members in _MEMBERS.items():
        for member in members if kind != spec.kind else ():
            if _is_given(getattr(spec, member)):
                raise BadInput(
                    f"an entry of kind {spec.kind} has no {member}",
                    hint=f"leave it out, or make the kind {kind}",
                )


def _with_key(spec: OwnPriceSpec) -> OwnPriceSpec:
    model = checked_name(spec.model, most=MAX_MODEL, what="name of a model")
    if not model:
        raise BadInput("a price needs a model", hint="name one; `*` stands for any text")
    if "?" in model:
        raise BadInput(f"no model is called {model}", hint="only `*` stands for any text")
    tier = checked_name(spec.service_tier, most=_MAX_SERVICE_TIER, what="service tier")
    processing = spec.processing.strip().lower()
    if processing not in {"", "batch"}:
        raise BadInput(
            f"processing is {processing[:40]!r}", hint="write batch, or leave it empty for any"
        )
    return replace(
        spec,
        provider=_provider(spec.provider),
        model=model,
        service_tier=tier.lower(),
        processing=processing,
    )


def _with_times(spec: OwnPriceSpec) -> OwnPriceSpec:
    start = _second("valid_from", spec.valid_from)
    end = None if spec.valid_to is None else _second("valid_to", spec.valid_to)
    if end is not None and end <= start:
        raise BadInput(
            f"the price ends at {end:%Y-%m-%d %H:%M:%S}, not after it begins",
            hint="valid_to has to be later than valid_from; leave it out for no end",
        )
    return replace(spec, valid_from=start, valid_to=end)


def _with_currency(spec: OwnPriceSpec) -> OwnPriceSpec:
    currency = spec.currency.strip().upper()
    if not _CURRENCY.fullmatch(currency):
        raise BadInput(
            f"{currency[:40]!r} is no currency", hint="write its three letters, such as EUR"
        )
    _check_usd("usd_per_unit", spec.usd_per_unit, Decimal(1), above_zero=True)
    if currency == _USD and spec.usd_per_unit != 1:
        raise BadInput(
            f"a dollar is {_plain(spec.usd_per_unit)} dollars", hint="usd_per_unit of USD is 1"
        )
    return replace(spec, currency=currency)


def _with_rates(spec: OwnPriceSpec) -> OwnPriceSpec:
    _check_rates("rates", spec.rates, spec.usd_per_unit)
    if len(spec.tiers) > MAX_TIERS:
        raise BadInput(f"{len(spec.tiers)} tiers", hint=f"at most {MAX_TIERS} are possible")
    tiers = sorted(spec.tiers, key=lambda tier: tier.least_input_tokens)
    bounds = [tier.least_input_tokens for tier in tiers]
    if len(set(bounds)) < len(bounds):
        raise BadInput("two tiers begin at the same size", hint="give each another one")
    for tier in tiers:
        _check_tier(tier, spec.rates, spec.usd_per_unit)
    return replace(spec, rates=dict(spec.rates), tiers=tiers)


def _with_discount(spec: OwnPriceSpec) -> OwnPriceSpec:
    if spec.discount_percent is None:
        raise BadInput("a discount needs discount_percent", hint="from 0 to 100")
    _check_amount("discount_percent", spec.discount_percent)
    if spec.discount_percent > 100:
        raise BadInput(
            f"a discount of {_plain(spec.discount_percent)} percent", hint="from 0 to 100"
        )
    return spec


def _with_gpu(spec: OwnPriceSpec) -> OwnPriceSpec:
    if spec.gpu_hour is None:
        raise BadInput("a self-hosted model needs gpu_hour", hint="what one GPU costs an hour")
    _check_usd("gpu_hour", spec.gpu_hour, spec.usd_per_unit)
    gpus = Decimal(1) if spec.gpus is None else spec.gpus
    _check_amount("gpus", gpus, above_zero=True)
    if gpus > _MAX_GPUS:
        raise BadInput(
            f"a replica on {_plain(gpus)} GPUs", hint=f"at most {_MAX_GPUS} are possible"
        )
    model = checked_name(spec.compare_model, most=MAX_MODEL, what="name of a model")
    provider = _provider(spec.compare_provider)
    if provider and not model:
        raise BadInput(
            "compare_provider has no model to compare with", hint="name it as compare_model"
        )
    return replace(spec, gpus=gpus, compare_model=model, compare_provider=provider)


_MEMBERS: Final = {
    "rates": ("rates", "tiers"),
    "discount": ("discount_percent",),
    "gpu": ("gpu_hour", "gpus", "compare_provider", "compare_model"),
}
"""Members that entries of one kind have, and no others."""

_OF_KIND: Final = {"rates": _with_rates, "discount": _with_discount, "gpu": _with_gpu}


def _is_given(value: Any) -> bool:
    return bool(value) or isinstance(value, Decimal)


def _provider(text: str) -> str:
    """Return the name that spans of a provider have: storage/views/normalise_spans.sql does the same to theirs."""
    name = checked_name(text, most=_MAX_PROVIDER, what="provider").lower()
    family = name.partition(".")[0]
    return PROVIDERS.get(name, PROVIDERS.get(family, family))


def _second(name: str, time: datetime) -> datetime:
    if time.tzinfo is None:
        raise BadInput(f"{name} has no zone", hint="write it like 2026-01-31T00:00:00Z")
    if not _EARLIEST <= time < _LATEST:
        raise BadInput(
            f"{name} is in the year {time.year}", hint="prices are kept for the years 2000 to 2099"
        )
    return time.astimezone(UTC).replace(microsecond=0)


def _check_amount(name: str, amount: Decimal, *, above_zero: bool = False) -> None:
    if not amount.is_finite():
        raise BadInput(f"{name} is no number", hint="write it like 2.50")
    # Before anything writes it out: 1E+999999 has a million digits.
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - it is finite
    if exponent < -_PLACES or amount.adjusted() >= _DIGITS:
        raise BadInput(
            f"{name} has too many digits",
            hint=f"at most {_DIGITS} before the point, and {_PLACES} after it",
        )
    if amount.is_signed() or (above_zero and not amount):
        least = "more than 0" if above_zero else "0 or more"
        raise BadInput(f"{name} is {_plain(amount)}", hint=f"it is {least}")


def _check_usd(
    name: str, amount: Decimal, usd_per_unit: Decimal, *, above_zero: bool = False
) -> None:
    _check_amount(name, amount, above_zero=above_zero)
    if amount * usd_per_unit > _MAX_USD:
        raise BadInput(
            f"{name} is {_plain(amount)}", hint=f"at most {_MAX_USD:,} US dollars are possible"
        )


def _check_rates(about: str, rates: Mapping[str, Decimal], usd_per_unit: Decimal) -> None:
    for name, rate in rates.items():
        if name not in RATES:
            raise BadInput(f"{about}: nothing is priced by {name[:40]}", hint=", ".join(RATES))
        _check_usd(f"{about}.{name}", rate, usd_per_unit)
    if not rates.keys() >= {"input", "output"} and set(rates) != {"request"}:
        raise BadInput(
            f"{about} do not say what input and output cost",
            hint="give both, 0 for what costs nothing; or the price of a request alone",
        )


def _check_tier(tier: Tier, rates: Mapping[str, Decimal], usd_per_unit: Decimal) -> None:
    about = f"the tier from {tier.least_input_tokens} tokens"
    if not 1 <= tier.least_input_tokens <= 10**12:
        raise BadInput(about, hint="a tier begins at 1 input token or more; below it `rates` hold")
    # Whether what a tier leaves out is as below it or as its own input, people read both ways.
    if tier.rates.keys() != rates.keys():
        other = ", ".join(sorted(tier.rates.keys() ^ rates.keys()))
        raise BadInput(
            f"{about} and `rates` do not price the same", hint=f"give both of them: {other}"
        )
    _check_rates(about, tier.rates, usd_per_unit)


def _plain(amount: Decimal) -> str:
    return format(amount, "f")
