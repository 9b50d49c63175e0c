"""Read a project's budgets and what was spent of them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from analytics.budgets.spending import Spent, spent
from analytics.budgets.standing import Book, Terms
from storage.client import Engine
from storage.control.budget_models import EACH
from storage.control.budgets import list_budgets
from storage.control.database import ControlDatabase
from storage.scope import Scope
from storage.window import Window


def read_book(engine: Engine, database: ControlDatabase, scope: Scope) -> Book:
    """Return the budgets of a project and what was spent of them until now.

    Raises ControlUnavailable, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    with database.reading() as session:
        budgets = tuple(Terms.of(budget) for budget in list_budgets(session, scope.project))
    at = datetime.now(UTC)
    return Book(at, budgets, _spent(engine, scope, budgets, at))


def _spent(
    engine: Engine, scope: Scope, budgets: Iterable[Terms], at: datetime
) -> dict[tuple[str, Window], dict[str, Spent]]:
    """Return what was spent by dimension and period: one question for all budgets of the same two."""
    wanted: dict[tuple[str, Window], set[str]] = {}
    for terms in budgets:
        wanted.setdefault((terms.dimension, terms.window(at)), set()).add(terms.value)
    return {
        (dimension, window): spent(engine, scope, dimension, window, _named(values))
        for (dimension, window), values in wanted.items()
    }


def _named(values: set[str]) -> list[str]:
    """Return which values to ask for; none where all are wanted."""
    return [] if EACH in values else sorted(values)
