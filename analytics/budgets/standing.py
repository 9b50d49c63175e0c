"""How a budget stands: what its limit is, what was spent of it, and which budgets a call counts against."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from analytics.budgets.periods import period_at
from analytics.budgets.spending import NOTHING, Spent
from storage.control.budget_models import EACH, Budget, Dimension
from storage.window import Window

OF_CALLS: Final = (Dimension.TENANT, Dimension.FEATURE, Dimension.USER_TIER)
"""What a call says of itself that a budget may be of."""


class State(StrEnum):
    """How much of a budget is spent."""

    OK = "ok"
    WARN = "warn"
    """The share that it warns at."""
    EXCEEDED = "exceeded"
    """All of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A budget as it was when it was read. See `Budget` for what the fields mean."""

    id: str
    name: str
    dimension: str
    value: str
    period: str
    time_zone: str
    limit_usd: Decimal
    warn_at: Decimal
    enforce: bool

    @classmethod
    def of(cls, budget: Budget) -> "Terms":
        """Return the terms of a budget."""
        return cls(
            id=budget.id,
            name=budget.name,
            dimension=budget.dimension,
            value=budget.value,
            period=budget.period,
            time_zone=budget.time_zone,
            limit_usd=budget.limit_usd,
            warn_at=budget.warn_at,
            enforce=budget.enforce,
        )

    def window(self, at: datetime) -> Window:
        """Return the day or month that is under way at a moment."""
        return period_at(self.period, self.time_zone, at)


@dataclass(frozen=True, slots=True)
class Standing:
    """One budget, of one tenant, feature or tier, in the period that is under way."""

    terms: Terms
    value: str
    """Whose it is: of a budget of each, which one's; '' of the whole project."""
    window: Window
    spent: Spent
    held_usd: Decimal = Decimal(0)
    """Reserved for calls that are under way."""

    @property
    def remaining_usd(self) -> Decimal:
        """What may still be spent: the limit without what is spent and held; never less than nothing."""
        return max(self.terms.limit_usd - self.spent.usd - self.held_usd, Decimal(0))

    @property
    def state(self) -> State:
        """By what was spent; what is held was not."""
        if self.spent.usd >= self.terms.limit_usd:
            return State.EXCEEDED
        if self.spent.usd >= self.terms.limit_usd * self.terms.warn_at:
            return State.WARN
        return State.OK

    def allows(self, estimate_usd: Decimal) -> bool:
        """Tell whether a call that is expected to cost this may be made: nothing is left is not enough for nothing."""
        if not self.terms.enforce:
            return True
        used = self.spent.usd + self.held_usd
        return used < self.terms.limit_usd and used + estimate_usd <= self.terms.limit_usd


class Book:
    """A project's budgets and what was spent of them, as of a moment. Never changes."""

    def __init__(
        self,
        as_of: datetime,
        budgets: tuple[Terms, ...],
        spent: Mapping[tuple[str, Window], Mapping[str, Spent]],
    ) -> None:
        """`spent`: by dimension and period what each value spent."""
        self.as_of = as_of
        self.budgets = budgets
        self._spent = spent
        self._by_id = {terms.id: terms for terms in budgets}
        self._windows = {terms.id: terms.window(as_of) for terms in budgets}
        self._by_thing: dict[tuple[str, str], list[Terms]] = {}
        for terms in budgets:
            self._by_thing.setdefault((terms.dimension, terms.value), []).append(terms)

    def terms(self, budget_id: str) -> Terms | None:
        """Return a budget by its id; None where there was none."""
        return self._by_id.get(budget_id)

    def against(self, call: Mapping[str, str]) -> Iterator[tuple[Terms, str]]:
        """Give the budgets that a call counts against, each with whose it is. `call`: value by dimension.

        A budget of a tenant of its own takes the place of that of each tenant for the same period; so of features
        and tiers.
        """
        for terms in self._by_thing.get((Dimension.PROJECT, ""), ()):
            yield terms, ""
        for dimension in OF_CALLS:
            if value := call.get(dimension, ""):
                yield from self._of(dimension, value)

    def _of(self, dimension: str, value: str) -> Iterator[tuple[Terms, str]]:
        own = self._by_thing.get((dimension, value), ()) if value != EACH else ()
        for terms in own:
            yield terms, value
        for terms in self._by_thing.get((dimension, EACH), ()):
            if all(other.period != terms.period for other in own):
                yield terms, value

    def window(self, terms: Terms, at: datetime) -> Window:
        """Return the period of a budget that is under way at a moment: mostly the one of `as_of`, which is at hand."""
        window = self._windows[terms.id]
        return window if window.start <= at < window.end else terms.window(at)

    def spent(self, terms: Terms, value: str, window: Window) -> Spent:
        """Return what was spent of a budget in a period; nothing in one that began after `as_of`."""
        return self._spent.get((terms.dimension, window), {}).get(value, NOTHING)

    def standings(self, terms: Terms, at: datetime) -> list[Standing]:
        """Return how a budget stands for each that it is of: who spent most comes first.

        Of a budget of each, those that spent anything and have none of their own.
        """
        window = self.window(terms, at)
        if terms.value != EACH:
            return [Standing(terms, terms.value, window, self.spent(terms, terms.value, window))]
        own = {t.value for t in self.budgets if _stands_in(t, terms)}
        values = self._spent.get((terms.dimension, window), {})
        return [Standing(terms, v, window, s) for v, s in values.items() if v not in own]


def _stands_in(terms: Terms, each: Terms) -> bool:
    """Tell whether a budget takes the place of one of each."""
    return terms.value != EACH and (terms.dimension, terms.period) == (each.dimension, each.period)
