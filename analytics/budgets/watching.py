"""Keep the budgets of the projects that are asked about in memory, at most about a second old."""

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from analytics.budgets.checking import Desk
from analytics.budgets.reading import read_book
from storage.client import Engine
from storage.control.database import ControlDatabase
from storage.errors import StorageError
from storage.scope import Scope

log = logging.getLogger(__name__)

PAUSE_S: Final = 0.8
"""Between two readings of a project's budgets. They take some ten milliseconds."""

_SHARE: Final = 3
"""A reading that takes long is followed by a pause so many times as long: it must not starve what else there is."""

STALE: Final = timedelta(seconds=10)
"""From which age on an answer says that it is old."""

_FORGET_S: Final = 600.0
"""After which time without a question a project is read no more."""

_WAIT_S: Final = 2.0
"""How long the first question about a project waits for the store, and the first after a change of its budgets."""


@dataclass(slots=True)
class _Watched:
    """A project that is asked about."""

    desk: Desk = field(default_factory=Desk)
    changes: int = 0
    """How often its budgets have been changed in this process."""
    is_ready: threading.Event = field(default_factory=threading.Event)
    """Read, or tried in vain, since the last of these changes."""
    asked_at: float = field(default_factory=time.monotonic)
    due_at: float = 0.0
    is_away: bool = False
    """The last reading failed."""


class Watch:
    """Reads the budgets of every project that is asked about, over and over, in one thread; `close` ends it.

    Who asks never waits for the store, but for the first question about a project and the first after a change. While
    the store is away, the last that was read stays.
    """

    def __init__(self, engine: Engine, database: ControlDatabase) -> None:
        self._engine = engine
        self._database = database
        self._watched: dict[str, _Watched] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        database.subscribe(self._hear)

    def seen(self, project: str) -> Desk | None:
        """Return who answers for a project without a wait; None where `desk` has to be asked."""
        watched = self._watched.get(project)
        if watched is None or not watched.is_ready.is_set():
            return None
        watched.asked_at = time.monotonic()
        return watched.desk

    def desk(self, project: str) -> Desk:
        """Return who answers for a project; waits a moment for the store where it has to be read first."""
        with self._lock:
            watched = self._watched.setdefault(project, _Watched())
            watched.asked_at = time.monotonic()
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._run, name="budgets", daemon=True)
                self._thread.start()
        self._wake.set()
        watched.is_ready.wait(_WAIT_S)
        return watched.desk

    def is_stale(self, project: str) -> bool:
        """Tell whether what is known of a project is old, because the store does not answer."""
        watched = self._watched.get(project)
        as_of = watched.desk.as_of if watched else None
        if watched is None or as_of is None:
            return True
        return watched.is_away or datetime.now(UTC) - as_of > STALE

    def close(self) -> None:
        """End the thread; nothing reads the store afterwards."""
        with self._lock:
            self._is_closed = True
            thread = self._thread
        self._wake.set()
        if thread is not None:
            thread.join()

    def _hear(self, touched: frozenset[str]) -> None:
        """Have those budgets read anew that somebody has just changed in this process."""
        for name in touched:
            kind, _, project = name.partition(":")
            if kind == "budgets" and (watched := self._watched.get(project)):
                with self._lock:
                    watched.changes += 1
                    watched.is_ready.clear()
                self._wake.set()

    def _run(self) -> None:
        while not self._is_closed:
            self._wake.clear()
            for project, watched in list(self._watched.items()):
                if self._is_closed:
                    return
                self._attend(project, watched)
            self._wake.wait(self._until_due())

    def _attend(self, project: str, watched: _Watched) -> None:
        """Read a project's budgets if it is time, or forget a project that nobody asks about."""
        at = time.monotonic()
        if at - watched.asked_at > _FORGET_S:
            with self._lock:
                self._watched.pop(project, None)
            return
        if watched.is_ready.is_set() and at < watched.due_at:
            return
        changes = watched.changes
        self._read(project, watched)
        took = time.monotonic() - at
        watched.due_at = time.monotonic() + max(PAUSE_S, _SHARE * took)
        with self._lock:
            # A change that came meanwhile has to be read as well.
            if watched.changes == changes:
                watched.is_ready.set()

    def _read(self, project: str, watched: _Watched) -> None:
        try:
            watched.desk.renew(read_book(self._engine, self._database, Scope(project)))
        except StorageError as error:
            if not watched.is_away:
                log.warning("the budgets of %s cannot be read: %s", project, error)
            watched.is_away = True
        except Exception:
            # One thread reads for all projects: what nobody thought of in one must not leave the others unread.
            if not watched.is_away:
                log.exception("the budgets of %s cannot be read", project)
            watched.is_away = True
        else:
            if watched.is_away:
                log.info("the budgets of %s can be read again", project)
            watched.is_away = False

    def _until_due(self) -> float:
        at = time.monotonic()
        waits = [watched.due_at - at for watched in list(self._watched.values())]
        return max(0.01, min(waits, default=_FORGET_S))
