"""When each key was used last: noted in memory, written down once a minute and key by a thread of its own."""

import logging
import math
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import update

from storage.control.database import ControlDatabase, ControlUnavailable
from storage.control.models import ApiKey, now

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0
"""A key that is used all the time is written down this often."""

_GATHER_S: Final = 0.5
"""How long the writer waits for other keys to write down at once."""


class KeyUses:
    """Notes uses without waiting. The thread starts with the first use; `close` writes what is noted and ends it."""

    def __init__(self, database: ControlDatabase, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._noted_at: dict[str, float] = {}
        self._waiting: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, key_id: str) -> None:
        """Note that a key is used now."""
        at = self._clock()
        if at - self._noted_at.get(key_id, -math.inf) < EVERY_S:
            return
        with self._lock:
            self._noted_at[key_id] = at
            self._waiting[key_id] = now()
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="key-uses", daemon=True)
                self._thread.start()
        self._work.set()

    def close(self) -> None:
        """Write what is noted, and end the thread."""
        self._stop.set()
        self._work.set()
        if self._thread:
            self._thread.join()
        self._write()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._work.wait()
            self._work.clear()
            self._stop.wait(_GATHER_S)
            self._write()

    def _write(self) -> None:
        with self._lock:
            uses, self._waiting = self._waiting, {}
        if not uses:
            return
        try:
            with self._database.session() as session:
                for key_id, at in sorted(uses.items()):
                    session.execute(
                        update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=at)
                    )
        except ControlUnavailable:
            # Not worth keeping: a key in use is noted again within a minute.
            log.warning("the last use of %d keys was not written down", len(uses))
