"""Keep something up to date: again and again, in one of several workers, even if stores are away for a while."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from analytics.availability import StoreAway, availability
from storage.client import Engine
from storage.control.cost_states import LEASE, free_lease, hold_lease
from storage.control.database import ControlDatabase

log = logging.getLogger(__name__)

LONGEST_S: Final = 5.0
"""The longest pause. It is well within the time of a lease."""
_FRESH_S: Final = 20.0
"""How long after news there may be more to do, because some of it has to wait."""
_RARELY_S: Final = 30.0
"""How often one process looks when nobody tells it anything: each look takes a tenth of a second of a cold engine."""
_ERROR_S: Final = 30.0
"""How long nothing is done after an error of ours; it is logged as often."""
_LOG_EVERY_S: Final = 30.0


class Keeping:
    """The duty of keeping `what` up to date, which one process has at a time. A store in a directory has one process.

    `lasting` is longer than anything that is done between two looks at the lease.
    """

    def __init__(
        self,
        engine: Engine,
        database: ControlDatabase,
        what: str,
        *,
        holder: str,
        stopping: threading.Event,
        lasting: timedelta = LEASE,
    ) -> None:
        self._engine = engine
        self._database = database
        self._what = what
        self._holder = holder
        self._stopping = stopping
        self._lasting = lasting
        self._logged_at = float("-inf")
        self._news = threading.Event()
        self._woken_at = time.monotonic()
        engine.subscribe(self.wake)
        database.subscribe(lambda _: self.wake())
        self.away_since: float | None = None
        """When a store was first away, by time.time(); None while both answer."""

    def repeat(self, step: Callable[[], float | None]) -> None:
        """Do something again and again, after the pauses that it returns, until it returns none, or the end."""
        pause: float | None = 0.0
        while pause is not None and not self._stopping.wait(pause):
            try:
                with availability():
                    pause = step()
            except StoreAway as error:
                self._note_away(str(error))
                pause = LONGEST_S
            except Exception:
                log.exception("%s are not brought up to date", self._what)
                pause = _ERROR_S
            else:
                self.away_since = None

    def wake(self) -> None:
        """Say that there may be something to do, or that `stopping` is set."""
        self._news.set()

    def await_news(self) -> None:
        """Return when there may be something to do: in one process it is told of that, among several it has to look."""
        if not self._engine.embedded:
            return
        is_fresh = time.monotonic() - self._woken_at < _FRESH_S
        if self._news.wait(LONGEST_S if is_fresh else _RARELY_S):
            self._woken_at = time.monotonic()
            self._news.clear()

    def is_mine(self) -> bool:
        """Tell whether this process has the duty now. Raises ControlUnavailable."""
        if self._engine.embedded:
            return True
        with self._database.session() as session:
            return hold_lease(session, self._what, self._holder, lasting=self._lasting)

    def free(self) -> None:
        """Let another process have the duty."""
        if self._engine.embedded:
            return
        try:
            with availability(), self._database.session() as session:
                free_lease(session, self._what, self._holder)
        except StoreAway as error:
            log.warning("another worker will wait for this one to be forgotten: %s", error)

    def _note_away(self, reason: str) -> None:
        self.away_since = self.away_since or time.time()
        if time.monotonic() - self._logged_at > _LOG_EVERY_S:
            self._logged_at = time.monotonic()
            log.warning(
                "%s are not brought up to date, a store does not answer: %s", self._what, reason
            )
