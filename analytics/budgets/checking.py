"""Whether a call may be made: the answer from memory, and what is held for those that were told yes."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from time import monotonic

from analytics.budgets.holds import Holds, Key
from analytics.budgets.standing import Book, Standing, Terms
from storage.control.models import now

NO_ESTIMATE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may be made, and how every budget stands that it counts against."""

    standings: tuple[Standing, ...]
    """What was held for this call is in them."""
    denied_by: tuple[str, ...]
    """Ids of the budgets that do not allow it."""
    as_of: datetime | None
    """When the store was last asked; None: never, it does not answer since this process asks."""

    @property
    def allowed(self) -> bool:
        """Whether every budget allows the call."""
        return not self.denied_by


class Desk:
    """Answers for one project. Safe from several threads: of those who hold, each sees what the ones before hold."""

    def __init__(self) -> None:
        self._book: Book | None = None
        self._holds = Holds()
        self._lock = threading.Lock()

    @property
    def as_of(self) -> datetime | None:
        """As of when it answers."""
        return self._book.as_of if self._book else None

    def renew(self, book: Book) -> None:
        """Answer from `book` from now on. The oldest holds end, as many as calls have shown up."""
        with self._lock:
            at = monotonic()
            if self._book is not None:
                for key in self._holds.keys(at):
                    self._holds.release(key, _shown_up(key, self._book, book))
            self._book = book

    def check(
        self, call: Mapping[str, str], *, estimate_usd: Decimal = NO_ESTIMATE, hold: bool = False
    ) -> Verdict:
        """Tell whether a call may be made that is expected to cost so much; `hold` reserves that if it may.

        `call`: its tenant, feature and tier by dimension; '' where it has none. Without a book, everything is allowed:
        that spend cannot be counted is no reason for an app to stand still.
        """
        with self._lock:
            book, at = self._book, monotonic()
            if book is None:
                return Verdict((), (), None)
            standings = self._standings(book, call, at)
            denied_by = tuple(s.terms.id for s in standings if not s.allows(estimate_usd))
            if hold and estimate_usd > 0 and not denied_by:
                self._holds.hold([(s.terms.id, s.value) for s in standings], estimate_usd, at)
                standings = self._standings(book, call, at)
        return Verdict(standings, denied_by, book.as_of)

    def _standings(self, book: Book, call: Mapping[str, str], at: float) -> tuple[Standing, ...]:
        time = now()
        return tuple(
            self._standing(book, terms, value, time, at) for terms, value in book.against(call)
        )

    def _standing(
        self, book: Book, terms: Terms, value: str, time: datetime, at: float
    ) -> Standing:
        window = book.window(terms, time)
        held = self._holds.held((terms.id, value), at)
        return Standing(terms, value, window, book.spent(terms, value, window), held)


def _shown_up(key: Key, before: Book, after: Book) -> int:
    """Return how many calls of a budget are in `after` and were not in `before`."""
    budget_id, value = key
    old, new = before.terms(budget_id), after.terms(budget_id)
    if old is None or new is None:
        return 0
    window = after.window(new, after.as_of)
    calls = after.spent(new, value, window).calls
    # In a period that has just begun, all of them are new; figures of an older one say nothing of it.
    if window == before.window(old, before.as_of) and old.dimension == new.dimension:
        calls -= before.spent(old, value, window).calls
    return max(calls, 0)
