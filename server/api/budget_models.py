"""The shapes of budgets, as they are sent and taken. Amounts of money are JSON numbers with all their digits."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from analytics.budgets.outlook import Outlook
from analytics.budgets.standing import Standing, Terms
from server.api.encode import exact
from server.api.people_models import Sent
from storage.control.budget_models import Budget, Dimension, Period
from storage.control.budgets import BudgetSpec


class NewBudget(Sent):
    """A budget to make."""

    name: str
    dimension: Dimension = Dimension.PROJECT
    value: str = Field(
        default="",
        description="Which tenant, feature or tier; `*`: each by itself; empty for the whole project.",
    )
    period: Period
    time_zone: str = Field(
        default="UTC", description="Whose midnight begins a day or month, like Europe/Berlin."
    )
    limit_usd: Decimal = Field(description="More than 0.")
    warn_at: Decimal = Field(
        default=Decimal("0.8"), description="Share of the limit from which it warns."
    )
    enforce: bool = Field(
        default=False, description="Deny calls once it is spent; else it only warns."
    )

    def spec(self) -> BudgetSpec:
        """Return the budget as storage takes it."""
        return BudgetSpec(**self.model_dump())


class BudgetChange(Sent):
    """What is to change of a budget; what is left out stays."""

    name: str | None = None
    dimension: Dimension | None = None
    value: str | None = None
    period: Period | None = None
    time_zone: str | None = None
    limit_usd: Decimal | None = None
    warn_at: Decimal | None = None
    enforce: bool | None = None

    def spec(self, budget: Budget) -> BudgetSpec:
        """Return the budget as it is to be."""
        wanted = self.model_dump(exclude_none=True)
        now = {name: getattr(budget, name) for name in NewBudget.model_fields}
        return BudgetSpec(**{**now, **wanted})


class BudgetOut(BaseModel):
    """A budget."""

    id: str
    name: str
    dimension: Dimension
    value: str
    period: Period
    time_zone: str
    limit_usd: float
    warn_at: float
    enforce: bool


class StandingOut(BaseModel):
    """How a budget stands, of one that it is of, in the period under way."""

    id: str
    name: str
    dimension: Dimension
    value: str = Field(description="Whose it is; of a budget of each, which one's.")
    period: Period
    limit_usd: float
    spent_usd: float
    held_usd: float = Field(description="Reserved for calls under way.")
    remaining_usd: float = Field(description="The limit without what is spent and held.")
    state: str = Field(description="By what was spent: ok, warn or exceeded.")
    enforce: bool
    starts_at: str
    resets_at: str = Field(description="When the period ends and it begins anew.")


class OutlookOut(BaseModel):
    """Where a budget is heading."""

    usd_per_hour: float = Field(
        description="Lately: of a day's budget the last 3 hours, of a month's the last 24."
    )
    burn_rate: float = Field(
        description="That, as a multiple of the rate at which the limit lasts for the period."
    )
    forecast_usd: float | None = Field(description="Spent at the end of the period: the median.")
    low_usd: float | None
    high_usd: float | None = Field(description="With low_usd, an interval of 80 %.")
    missing: str = Field(description="What a forecast lacks; empty where there is one.")
    used_up_at: str | None = Field(
        description="When the limit will have been spent, if it goes as forecast."
    )


class StandingWithOutlookOut(StandingOut):
    """The same, with where it is heading."""

    outlook: OutlookOut


class BudgetWithStandingsOut(BudgetOut):
    """A budget and how it stands: of a budget of each, those that spent most."""

    standings: list[StandingOut]
    values: int = Field(description="How many it is of: those that spent anything.")
    warned: int
    exceeded: int


class VerdictOut(BaseModel):
    """Whether a call may be made."""

    allowed: bool
    denied_by: list[str] = Field(description="Ids of the budgets that do not allow it.")
    budgets: list[StandingOut] = Field(description="Those that the call counts against.")
    as_of: str | None = Field(description="When the store was last asked; null: not yet.")
    stale: bool = Field(
        description="The store does not answer, so what was spent since is missing."
    )


def shown(terms: Terms) -> dict[str, Any]:
    """Return a budget as it is answered."""
    return {
        "id": terms.id,
        "name": terms.name,
        "dimension": terms.dimension,
        "value": terms.value,
        "period": terms.period,
        "time_zone": terms.time_zone,
        "limit_usd": exact(terms.limit_usd),
        "warn_at": exact(terms.warn_at),
        "enforce": terms.enforce,
    }


def shown_standing(standing: Standing) -> dict[str, Any]:
    """Return how a budget stands as it is answered."""
    terms, window = standing.terms, standing.window
    return {
        "id": terms.id,
        "name": terms.name,
        "dimension": terms.dimension,
        "value": standing.value,
        "period": terms.period,
        "limit_usd": exact(terms.limit_usd),
        "spent_usd": exact(standing.spent.usd),
        "held_usd": exact(standing.held_usd),
        "remaining_usd": exact(standing.remaining_usd),
        "state": standing.state,
        "enforce": terms.enforce,
        "starts_at": window.start,
        "resets_at": window.end,
    }


def shown_with_standings(terms: Terms, standings: Sequence[Standing], most: int) -> dict[str, Any]:
    """Return a budget with those who spent most of it."""
    states = [standing.state for standing in standings]
    return {
        **shown(terms),
        "standings": [shown_standing(standing) for standing in standings[:most]],
        "values": len(standings),
        "warned": states.count("warn"),  # type: ignore[arg-type]
        "exceeded": states.count("exceeded"),  # type: ignore[arg-type]
    }


def shown_with_outlook(standing: Standing, outlook: Outlook) -> dict[str, Any]:
    """Return how a budget stands and where it is heading."""
    return {**shown_standing(standing), "outlook": outlook}
