"""The shapes of a project's own prices, as they are sent and taken."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, Field, PlainSerializer

from server.api.people_models import Sent, Shown
from storage.control.own_price_checks import OwnPriceSpec
from storage.control.own_price_models import RATES, Kind, OwnPriceEntry, Tier

Amount = Annotated[
    Decimal,
    PlainSerializer(lambda amount: format(amount, "f"), return_type=str),
    Field(
        description="Told as text; may be sent as text, which keeps every digit, or as a number."
    ),
]


class Rates(Sent):
    """Prices of a million tokens of each kind, and of one request. What has none costs what the kind above it costs."""

    input: Amount | None = None
    cache_read: Amount | None = Field(default=None, description="null: as input.")
    cache_write_5m: Amount | None = Field(default=None, description="null: as input.")
    cache_write_1h: Amount | None = Field(default=None, description="null: as cache_write_5m.")
    output: Amount | None = None
    reasoning: Amount | None = Field(default=None, description="null: as output.")
    input_audio: Amount | None = Field(default=None, description="null: as input.")
    cache_read_audio: Amount | None = Field(default=None, description="null: as cache_read.")
    output_audio: Amount | None = Field(default=None, description="null: as output.")
    input_image: Amount | None = Field(default=None, description="null: as input.")
    cache_read_image: Amount | None = Field(default=None, description="null: as cache_read.")
    output_image: Amount | None = Field(default=None, description="null: as output.")
    request: Amount | None = Field(default=None, description="For each request. null: nothing.")

    def given(self) -> dict[str, Decimal]:
        """Return the prices that were given."""
        return {name: rate for name in RATES if (rate := getattr(self, name)) is not None}


class TierModel(Sent):
    """Prices of calls that send in at least so many tokens: of all their tokens, not only of those above."""

    least_input_tokens: int
    rates: Rates


class NewPrice(Sent):
    """A price of the project's own, from one moment on. `*` in a model stands for any text."""

    provider: str = Field(default="", description="As spans name it; empty: any.")
    model: str
    service_tier: str = Field(default="", description="`priority`, `flex` ...; empty: any.")
    processing: str = Field(default="", description="`batch`; empty: any.")
    valid_from: AwareDatetime = Field(description="Included; to the second.")
    valid_to: AwareDatetime | None = Field(default=None, description="Excluded. null: no end.")
    kind: Kind = "rates"
    currency: str = Field(default="USD", description="Of all amounts: three letters.")
    usd_per_unit: Amount = Field(default=Decimal(1), description="US dollars for one of it.")
    rates: Rates = Field(default_factory=Rates, description="Of the kind `rates`.")
    tiers: list[TierModel] = Field(default_factory=list, description="Of the kind `rates`.")
    discount_percent: Amount | None = Field(
        default=None, description="Off the list price: of the kind `discount`."
    )
    gpu_hour: Amount | None = Field(
        default=None, description="What one GPU costs an hour: of the kind `gpu`, as what follows."
    )
    gpus: Amount | None = Field(default=None, description="Of one replica. null: one.")
    compare_provider: str = ""
    compare_model: str = Field(
        default="",
        description="Whose list price is shown beside; empty: found by the model's name.",
    )
    note: str = ""

    def spec(self) -> OwnPriceSpec:
        """Return the price as storage takes it."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        tiers = [Tier(tier.least_input_tokens, tier.rates.given()) for tier in self.tiers]
        return OwnPriceSpec(**{**values, "rates": self.rates.given(), "tiers": tiers})


class ListedTier(Shown):
    """List prices of calls that send in at least so many tokens."""

    least_input_tokens: int
    rates: Rates


class ListedModel(Shown):
    """A model of the catalogue, named as spans and prices of the project's own name it."""

    provider: str
    model: str
    name: str
    """As people call it."""
    price_name: str
    """Which price it is."""
    tiers: list[ListedTier]
    """In US dollars, from 0 input tokens on; empty where tokens and requests have no price."""


class CatalogueOut(BaseModel):
    """List prices of some models, as of now."""

    models: list[ListedModel]
    version: str
    """Another one where list prices have changed."""


class PriceOut(NewPrice):
    """A price of the project's own, and who wrote it."""

    id: str
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime

    @classmethod
    def of(cls, entry: OwnPriceEntry) -> Self:
        """Return a price as it is shown."""
        values: dict[str, Any] = {name: getattr(entry, name) for name in cls.model_fields}
        tiers = [
            {"least_input_tokens": tier.least_input_tokens, "rates": tier.rates}
            for tier in entry.tiers
        ]
        return cls.model_validate({**values, "tiers": tiers})


class PricesOut(BaseModel):
    """A project's own prices."""

    prices: list[PriceOut]
