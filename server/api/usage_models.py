"""The shapes of answers about usage, for the documentation."""

from decimal import Decimal
from typing import Any, get_type_hints

from pydantic import BaseModel, Field, create_model

from server.api.models import BarOut
from storage.costs.dimensions import DIMENSIONS
from storage.costs.usage_figures import Figures

_DERIVED = (
    "cost_per_request_usd",
    "cost_per_conversation_usd",
    "cache_hit_share",
    "failed_cost_share",
    "retried_cost_share",
)


def _members() -> dict[str, Any]:
    hints = get_type_hints(Figures)
    derived = dict.fromkeys(_DERIVED, float | None)
    # JSON has one kind of number.
    kinds = {name: float if kind is Decimal else kind for name, kind in (hints | derived).items()}
    return {name: (kind, Field(default=None)) for name, kind in kinds.items()}


FiguresOut: type[BaseModel] = create_model("Figures", __doc__=Figures.__doc__, **_members())
_PLACE: dict[str, Any] = dict.fromkeys((*DIMENSIONS, "time"), (str, Field(default=None)))
UsageRowOut: type[BaseModel] = create_model(
    "UsageRow",
    __doc__="Values of the dimensions asked for, the step's start where there are steps, and figures.",
    **_PLACE,
    **_members(),
)


class UsageOut(BaseModel):
    """What was used and spent."""

    rows: list[UsageRowOut]  # type: ignore[valid-type]
    totals: FiguresOut  # type: ignore[valid-type]
    has_more: bool
    as_of: str = Field(description="Every call that was settled before is in the figures.")
    start: str
    end: str


class SpentOut(BaseModel):
    """What calls of one window cost."""

    requests: int = Field(description="Calls that a price is known of.")
    unpriced_requests: int
    cost_usd: float


class ChangeOut(BaseModel):
    """How the spend of one group changed: the four parts are all of it."""

    by: dict[str, str]
    before: SpentOut
    now: SpentOut
    change_usd: float
    volume_usd: float = Field(description="Because of more calls, or fewer.")
    rate_usd: float = Field(description="Because a call cost more, or less.")
    new_usd: float = Field(description="Because there were no such calls before.")
    gone_usd: float = Field(description="Because there are no such calls any more.")


class GroupChangeOut(ChangeOut):
    """A change, and the filter of the traces behind it."""

    filter: str


class DimensionChangesOut(BaseModel):
    """Changes by one or two dimensions, the largest first."""

    dimensions: list[str]
    changes: list[GroupChangeOut]
    rest: ChangeOut | None


class MoversOut(BaseModel):
    """A change of spend and what explains it."""

    start: str
    end: str
    before_start: str
    before_end: str
    total: ChangeOut
    leading: list[GroupChangeOut]
    by: list[DimensionChangesOut]


class DistributionOut(BaseModel):
    """How many calls cost how much."""

    bars: list[BarOut]  # type: ignore[valid-type]
    unpriced_requests: int
    unpriced_filter: str
    start: str
    end: str
