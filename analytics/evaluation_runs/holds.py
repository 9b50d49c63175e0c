"""Evaluators that are left alone for a while: after an error, or until their cap begins anew."""

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from storage.control import evaluators
from storage.control.database import ControlDatabase

log = logging.getLogger(__name__)

_FIRST_S: Final = 15.0
_LONGEST_S: Final = 600.0
"""After each error in a row an evaluator is left alone for twice as long, up to this."""
_RESET_S: Final = 3600.0
"""The longest rest after a cap is spent: it may have been raised."""

Pair = tuple[str, str]
"""Project and evaluator."""


class Holds:
    """Which evaluators are left alone in which projects; said in the control database too, for people to see."""

    def __init__(self, database: ControlDatabase) -> None:
        self._database = database
        self._until: dict[Pair, float] = {}
        self._errors: dict[Pair, int] = {}

    def has(self, pair: Pair) -> bool:
        """Tell whether an evaluator is to be left alone now."""
        return self._until.get(pair, 0.0) > time.monotonic()

    def errors(self, pair: Pair) -> int:
        """Return how often an evaluator has failed in a row."""
        return self._errors.get(pair, 0)

    def note_well(self, pair: Pair) -> None:
        """Note that an evaluator has judged."""
        self._errors.pop(pair, None)

    def note_error(self, pair: Pair, error: str) -> None:
        """Leave an evaluator alone for it could not judge."""
        self._errors[pair] = self.errors(pair) + 1
        hold_s = min(_FIRST_S * 2 ** (self._errors[pair] - 1), _LONGEST_S)
        log.warning(
            "%s is left alone in project %s for %.0f s: %s", pair[1], pair[0], hold_s, error
        )
        with self._database.session() as session:
            evaluators.note_error(session, *pair, error, self._hold(pair, hold_s))

    def note_capped(self, pair: Pair) -> None:
        """Leave an evaluator alone until midnight in UTC; look now and then whether it may cost more by now."""
        at = datetime.now(UTC)
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        until = self._hold(pair, min((midnight - at).total_seconds(), _RESET_S))
        with self._database.session() as session:
            evaluators.note_held(session, *pair, "its spend cap for today is reached", until)

    def release(self, project: str) -> None:
        """Leave no evaluator of a project alone any more: somebody has changed how they are to run."""
        for pair in [pair for pair in self._until if pair[0] == project]:
            del self._until[pair]

    def _hold(self, pair: Pair, hold_s: float) -> datetime:
        self._until[pair] = time.monotonic() + hold_s
        return datetime.now(UTC) + timedelta(seconds=hold_s)
