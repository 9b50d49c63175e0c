"""What the database said of keys, remembered, so that a request costs it nothing."""

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

from storage.control.access import OF_KEY_SCOPE, Caller, NotSignedIn
from storage.control.database import ControlDatabase, ControlUnavailable
from storage.control.models import ApiKey

TTL_S: Final = 5.0
"""How long an answer of the database holds, in seconds."""

AWAY_S: Final = 3600.0
"""How long a known key works on while the database is away: time to mend it without losing a span."""

_RETRY_S: Final = 2.0
"""How long a database that did not answer is left alone, so that not every request waits for it."""

_MOST_KEPT: Final = 10_000
"""Answers in memory, of each kind: a few megabytes."""

_UNKNOWN_PER_S: Final = 100
"""Ids that nobody knows, asked of the database in a second. Whoever tries random keys does not slow it down."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

T = TypeVar("T")


class AskFirst(Exception):  # noqa: N818 - it reads as what is to be done
    """Memory does not say: the database has to be asked."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the database said of a key."""

    caller: Caller
    secret_hash: str
    ends_at: datetime | None
    """When it expires; long ago, of a revoked one: clocks of several machines differ."""
    asked_at: float


def caller_of_key(key: ApiKey) -> Caller:
    """Return what a key may do, while it works."""
    granted = frozenset(p for scope in key.scopes for p in OF_KEY_SCOPE[scope])
    return Caller("key", key.id, key.name, {key.project: granted})


class KeyCallers:
    """Finds keys by id, in memory or in the database. For use from several threads."""

    def __init__(self, database: ControlDatabase, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, Known] = {}
        self._unknown: dict[str, float] = {}
        self._unknown_asked: deque[float] = deque(maxlen=_UNKNOWN_PER_S)
        self._away_until = -math.inf
        self._changes = 0
        self._lock = threading.Lock()
        database.subscribe(self._forget)

    def remembered(self, key_id: str) -> Known:
        """Return what the database said a moment ago. Raises NotSignedIn, or AskFirst where that is too long ago."""
        at = self._clock()
        if known := self._known.get(key_id):
            if at - known.asked_at < (AWAY_S if at < self._away_until else TTL_S):
                return known
        elif at - self._unknown.get(key_id, -math.inf) < TTL_S:
            raise wrong_key()
        raise AskFirst

    def find(self, key_id: str) -> Known:
        """Return what the database says. Raises NotSignedIn for an unknown key, ControlUnavailable."""
        try:
            return self.remembered(key_id)
        except AskFirst:
            pass
        if self._clock() < self._away_until:
            raise ControlUnavailable("the control database does not answer")
        if key_id not in self._known:
            self._count_unknown()
        try:
            return self._ask(key_id)
        except ControlUnavailable:
            self._away_until = self._clock() + _RETRY_S
            known = self._known.get(key_id)
            if known and self._clock() - known.asked_at < AWAY_S:
                return known
            raise

    def _ask(self, key_id: str) -> Known:
        at, changes = self._clock(), self._changes
        with self._database.reading() as session:
            key = session.get(ApiKey, key_id)
        known = _known(key, at) if key else None
        with self._lock:
            # What was changed while we asked is asked again the next time.
            if changes == self._changes:
                self._keep(key_id, known, at)
        if known is None:
            raise wrong_key()
        return known

    def _keep(self, key_id: str, known: Known | None, at: float) -> None:
        self._drop(key_id)
        if known:
            _put(self._known, key_id, known)
        else:
            _put(self._unknown, key_id, at)

    def _drop(self, key_id: str) -> None:
        self._known.pop(key_id, None)
        self._unknown.pop(key_id, None)

    def _count_unknown(self) -> None:
        """Raise ControlUnavailable where more unknown keys are tried than the database should be asked for."""
        with self._lock:
            at, asked = self._clock(), self._unknown_asked
            if len(asked) == _UNKNOWN_PER_S and at - asked[0] < 1:
                raise ControlUnavailable("too many unknown keys are tried at once")
            asked.append(at)

    def _forget(self, touched: frozenset[str]) -> None:
        with self._lock:
            self._changes += 1
            for name in touched:
                kind, _, key_id = name.partition(":")
                if kind == "key":
                    self._drop(key_id)


def wrong_key() -> NotSignedIn:
    """Return the one error for every key that does not work."""
    return NotSignedIn("this API key is not valid: it is wrong, revoked or expired")


def _known(key: ApiKey, at: float) -> Known:
    ends_at = _LONG_AGO if key.revoked_at else key.expires_at
    return Known(caller_of_key(key), key.secret_hash, ends_at, at)


def _put(answers: dict[str, T], key_id: str, answer: T) -> None:
    """Keep an answer, in the place of the oldest one where there are too many."""
    if len(answers) >= _MOST_KEPT:
        del answers[next(iter(answers))]
    answers[key_id] = answer
