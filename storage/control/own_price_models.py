"""The tables of a project's own prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.control.exact_decimal import ExactDecimal
from storage.control.models import MAX_EMAIL, Base, UtcTime, new_id, now

Kind = Literal["rates", "discount", "gpu"]
"""What an entry says: prices of tokens and requests, a share off the list price, or what a GPU-hour costs."""

RATES: Final = (
    "input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning", "input_audio",
    "cache_read_audio", "output_audio", "input_image", "cache_read_image", "output_image", "request",
)  # fmt: skip
"""What can have a price: kinds of tokens, by the million; and `request`, each."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Prices of a call that sends in at least so many tokens; they hold for all of its tokens."""

    least_input_tokens: int
    rates: Mapping[str, Decimal]


class OwnPriceEntry(Base):
    """What a project pays for some models from one moment on, in place of the list price."""

    __tablename__ = "own_prices"
    __table_args__ = (
        UniqueConstraint(
            "project", "provider", "model", "service_tier", "processing", "valid_from",
            name="uq_own_prices_project_provider_model_valid_from",
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    project: Mapped[str] = mapped_column(ForeignKey("projects.name"))
    provider: Mapped[str] = mapped_column(String(100))
    """As spans name it (`openai`, `aws.bedrock`); empty: any."""
    model: Mapped[str] = mapped_column(String(256))
    """Name of a model; `*` in it stands for any text."""
    service_tier: Mapped[str] = mapped_column(String(32))
    """`priority`, `flex` ...; empty: any."""
    processing: Mapped[str] = mapped_column(String(16))
    """`batch`; empty: any."""
    valid_from: Mapped[datetime] = mapped_column(UtcTime)
    """First moment at which it holds; to the second."""
    valid_to: Mapped[datetime | None] = mapped_column(UtcTime)
    """First moment at which it holds no more. None: it has no end."""
    kind: Mapped[Kind] = mapped_column(String(16))
    currency: Mapped[str] = mapped_column(String(3))
    """Of all amounts of the entry: ISO 4217."""
    usd_per_unit: Mapped[Decimal] = mapped_column(ExactDecimal)
    """US dollars for one unit of the currency."""
    rates_json: Mapped[dict[str, str]] = mapped_column("rates", JSON)
    tiers_json: Mapped[list[dict[str, Any]]] = mapped_column("tiers", JSON)
    discount_percent: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    """Off the list price. Of the kind `discount` alone."""
    gpu_hour: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    """What one GPU costs an hour. Of the kind `gpu` alone, as what follows."""
    gpus: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    """GPUs that one replica of the model runs on; may be a part of one."""
    compare_provider: Mapped[str] = mapped_column(String(100))
    compare_model: Mapped[str] = mapped_column(String(256))
    """With `compare_provider`: the API's model whose list price is shown beside. Empty: found by the model's name."""
    note: Mapped[str] = mapped_column(String(500))
    created_by: Mapped[str] = mapped_column(String(MAX_EMAIL))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    changed_by: Mapped[str] = mapped_column(String(MAX_EMAIL))
    changed_at: Mapped[datetime] = mapped_column(UtcTime, default=now)

    @property
    def rates(self) -> dict[str, Decimal]:
        """Prices in `currency`: for a million tokens of a kind, and for one `request`. What is left out has none."""
        return rates_from_json(self.rates_json)

    @property
    def tiers(self) -> list[Tier]:
        """Prices of large calls, the smallest bound first."""
        return [
            Tier(tier["least_input_tokens"], rates_from_json(tier["rates"]))
            for tier in self.tiers_json
        ]


class PriceChanges(Base):
    """How often a project's own prices have changed: workers of other processes look at this alone."""

    __tablename__ = "own_price_changes"

    project: Mapped[str] = mapped_column(ForeignKey("projects.name"), primary_key=True)
    changes: Mapped[int] = mapped_column(BigInteger, default=0)
    changed_at: Mapped[datetime] = mapped_column(UtcTime, default=now)


def rates_to_json(rates: Mapping[str, Decimal]) -> dict[str, str]:
    """Return prices as JSON keeps them exactly, in the order of RATES; `rates_from_json` is the inverse."""
    return {name: format(rates[name], "f") for name in RATES if name in rates}


def rates_from_json(kept: Mapping[str, str]) -> dict[str, Decimal]:
    """Return prices from what JSON keeps."""
    return {name: Decimal(text) for name, text in kept.items()}


def tiers_to_json(tiers: Sequence[Tier]) -> list[dict[str, Any]]:
    """Return tiers as JSON keeps them exactly."""
    return [
        {"least_input_tokens": tier.least_input_tokens, "rates": rates_to_json(tier.rates)}
        for tier in tiers
    ]
