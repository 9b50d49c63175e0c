"""API keys: made, rotated and revoked; and how the door knows their callers without asking the database each time.

A key is written `gw_<id>_<secret>`. The secret is 256 random bits, so its SHA-256 is all that is kept: slow hashes make
up for secrets that can be guessed, and this one cannot (NIST SP 800-63B, 5.1.1.2, asks them of memorised secrets only;
5.1.2.2 asks no more than a hash of look-up secrets of 112 bits and above).
"""

import hashlib
import hmac
import math
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.control.access import (
    OF_KEY_SCOPE,
    Caller,
    Forbidden,
    KeyScope,
    NotSignedIn,
    Permission,
)
from storage.control.checks import checked_name
from storage.control.database import ControlDatabase, ControlUnavailable, serialise, touch
from storage.control.key_uses import KeyUses
from storage.control.models import ApiKey, new_id, now
from storage.control.page_tokens import PAGE_PREFIX, PageTokens
from storage.control.projects import get_project
from storage.control.secrets import signing_secret
from storage.errors import BadInput

MAX_GRACE: Final = timedelta(days=90)
"""How long a rotated key may work on. Longer is two keys."""

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

T = TypeVar("T")

_MAX_NAME: Final = 100

_TEXT: Final = re.compile(r"gw_([0-9a-f]{16})_([0-9a-f]{64})", re.ASCII)


def create_key(
    session: Session,
    project: str,
    name: str,
    scopes: Iterable[KeyScope],
    *,
    created_by: str,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its text, which nothing can show again. Raises BadInput."""
    get_project(session, project)
    granted = frozenset(scopes)
    if not granted:
        raise BadInput("a key needs a scope", hint=f"take some of {', '.join(KeyScope)}")
    if not (name := checked_name(name, most=_MAX_NAME)):
        raise BadInput("a key needs a name", hint="name it after what uses it")
    if expires_at and expires_at <= now():
        raise BadInput("this key would have expired already", hint="take a time to come")
    return _added(session, project, name, granted, created_by, expires_at)


def rotate_key(
    session: Session, key_id: str, *, grace: timedelta, created_by: str = ""
) -> tuple[ApiKey, str]:
    """Make a key in the place of another, which works on for `grace`, and return it with its text.

    The new one has the same name, scopes and end. Raises BadInput for a key that does not work any more, or has been
    rotated already.
    """
    serialise(session, f"key:{key_id}")
    old = get_key(session, key_id)
    if old.state != "active" or old.replaced_by:
        raise BadInput("this key does not work any more, or has a successor", hint="make a new one")
    if not timedelta() <= grace <= MAX_GRACE:
        raise BadInput(f"a grace period is between nothing and {MAX_GRACE.days} days")
    new, shown = _added(
        session, old.project, old.name, old.scopes, created_by or old.created_by, old.expires_at
    )
    end = now() + grace
    old.expires_at = min(end, old.expires_at) if old.expires_at else end
    old.replaced_by = new.id
    touch(session, f"key:{key_id}")
    return new, shown


def revoke_key(session: Session, key_id: str) -> ApiKey:
    """End a key: at once in this process, within five seconds in others. Doing so again changes nothing."""
    serialise(session, f"key:{key_id}")
    key = get_key(session, key_id)
    key.revoked_at = key.revoked_at or now()
    touch(session, f"key:{key_id}")
    return key


def get_key(session: Session, key_id: str) -> ApiKey:
    """Return a key, which may not work any more. Raises BadInput where there is none of this id."""
    key = session.get(ApiKey, key_id)
    if key is None:
        raise BadInput("there is no such key")
    return key


def list_keys(session: Session, project: str) -> list[ApiKey]:
    """Return the keys of a project, newest first, those that do not work any more among them."""
    query = select(ApiKey).where(ApiKey.project == project)
    return list(session.scalars(query.order_by(ApiKey.created_at.desc(), ApiKey.id)))


def caller_of_key(key: ApiKey) -> Caller:
    """Return what a key may do, while it works."""
    granted = frozenset(p for scope in key.scopes for p in OF_KEY_SCOPE[scope])
    return Caller("key", key.id, key.name, {key.project: granted})


class _AskFirst(Exception):  # noqa: N818 - it never leaves this module
    """The database has to be asked."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a text says of itself."""

    key_id: str
    secret_hash: str | None
    """None: a publishable token, whose signature stands for the secret."""
    trace_id: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the database said of a key."""

    caller: Caller
    secret_hash: str
    ends_at: datetime | None
    """When it expires; in the past for a revoked one."""
    asked_at: float
    """By the clock of `Keys`."""


class Keys:
    """Finds the caller of a key. A look-up in memory for keys that were seen a moment ago.

    What the database said holds for `TTL_S`: so long can a key that is revoked in another process work on; one revoked
    in this process ends at once. While the database is away, known keys work on for `AWAY_S`. `clock` counts seconds.
    """

    def __init__(
        self, database: ControlDatabase, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, _Answer] = {}
        self._unknown: dict[str, float] = {}
        self._unknown_asked: deque[float] = deque(maxlen=_UNKNOWN_PER_S)
        self._away_until = -math.inf
        self._changes = 0
        self._lock = threading.Lock()
        self._uses = KeyUses(database, clock)
        self._signer: PageTokens | None = None
        database.subscribe(self._forget)

    def caller(self, shown: str) -> Caller:
        """Return the caller of a key's text or of a publishable token; may ask the database.

        Raises NotSignedIn for one that is wrong, revoked or expired, alike, and ControlUnavailable where the database
        would have to say and does not: the same request may work a moment later.
        """
        return self._admit(self._read(shown), self._answer)

    def seen(self, shown: str) -> Caller | None:
        """Return the caller as `caller` does, or None where the database has to be asked. Never waits."""
        if shown.startswith(PAGE_PREFIX) and self._signer is None:
            return None
        try:
            return self._admit(self._read(shown), self._fresh)
        except _AskFirst:
            return None

    def publishable(self, key_caller: Caller, *, ttl: timedelta, trace_id: str = "") -> str:
        """Return a token with which a browser may give feedback in the key's project, and do nothing else.

        It works for `ttl`, at most a day, while its key does, and where a trace is named for that trace alone. Raises
        Forbidden for a key that may not give feedback itself, BadInput for a ttl out of bounds.
        """
        if key_caller.kind != "key":
            raise Forbidden("a publishable key is made with an API key")
        ((project, _),) = key_caller.grants.items()
        key_caller.scope(Permission.FEEDBACK, project)
        return self._tokens().made(key_caller.id, ttl=ttl, trace_id=trace_id)

    def close(self) -> None:
        """Write down the last uses."""
        self._uses.close()

    def _read(self, shown: str) -> _Shown:
        if shown.startswith(PAGE_PREFIX):
            token = self._tokens().read(shown)
            return _Shown(token.key_id, None, token.trace_id)
        match = _TEXT.fullmatch(shown)
        if match is None:
            raise _wrong()
        return _Shown(match[1], _hash(match[2]), "")

    def _admit(self, shown: _Shown, find: Callable[[str], _Answer]) -> Caller:
        answer = find(shown.key_id)
        if answer.ends_at is not None and answer.ends_at <= now():
            raise _wrong()
        if shown.secret_hash is not None:
            if not hmac.compare_digest(answer.secret_hash, shown.secret_hash):
                raise _wrong()
            self._uses.note(answer.caller.id)
            return answer.caller
        ((project, granted),) = answer.caller.grants.items()
        return replace(
            answer.caller,
            kind="page",
            grants={project: granted & {Permission.FEEDBACK}},
            trace_id=shown.trace_id,
        )

    def _fresh(self, key_id: str) -> _Answer:
        """Return what the database said a moment ago. Raises NotSignedIn, or _AskFirst where that is too long ago."""
        at = self._clock()
        if answer := self._known.get(key_id):
            if at - answer.asked_at < (AWAY_S if at < self._away_until else TTL_S):
                return answer
        elif at - self._unknown.get(key_id, -math.inf) < TTL_S:
            raise _wrong()
        raise _AskFirst

    def _answer(self, key_id: str) -> _Answer:
        try:
            return self._fresh(key_id)
        except _AskFirst:
            pass
        if self._clock() < self._away_until:
            raise ControlUnavailable("the control database does not answer")
        if key_id not in self._known:
            self._count_unknown()
        try:
            return self._ask(key_id)
        except ControlUnavailable:
            self._away_until = self._clock() + _RETRY_S
            answer = self._known.get(key_id)
            if answer and self._clock() - answer.asked_at < AWAY_S:
                return answer
            raise

    def _ask(self, key_id: str) -> _Answer:
        at, changes = self._clock(), self._changes
        with self._database.reading() as session:
            key = session.get(ApiKey, key_id)
        with self._lock:
            # What was revoked while we asked is asked again.
            if changes == self._changes:
                self._keep(key_id, key, at)
        if key is None:
            raise _wrong()
        return _answer_of(key, at)

    def _keep(self, key_id: str, key: ApiKey | None, at: float) -> None:
        self._known.pop(key_id, None)
        self._unknown.pop(key_id, None)
        if key:
            _put(self._known, key_id, _answer_of(key, at))
        else:
            _put(self._unknown, key_id, at)

    def _count_unknown(self) -> None:
        """Raise ControlUnavailable where more unknown keys are tried than the database should be asked for."""
        at = self._clock()
        asked = self._unknown_asked
        if len(asked) == _UNKNOWN_PER_S and at - asked[0] < 1:
            raise ControlUnavailable("too many unknown keys are tried at once")
        asked.append(at)

    def _forget(self, touched: frozenset[str]) -> None:
        with self._lock:
            self._changes += 1
            for name in touched:
                kind, _, key_id = name.partition(":")
                if kind == "key":
                    self._known.pop(key_id, None)
                    self._unknown.pop(key_id, None)

    def _tokens(self) -> PageTokens:
        if self._signer is None:
            self._signer = PageTokens(signing_secret(self._database))
        return self._signer


def _added(
    session: Session,
    project: str,
    name: str,
    scopes: frozenset[KeyScope],
    created_by: str,
    expires_at: datetime | None,
) -> tuple[ApiKey, str]:
    secret = secrets.token_hex(32)
    key = ApiKey(
        id=new_id(),
        project=project,
        name=name,
        scopes=scopes,
        secret_hash=_hash(secret),
        created_by=created_by,
        expires_at=expires_at,
    )
    session.add(key)
    session.flush()
    return key, f"gw_{key.id}_{secret}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _answer_of(key: ApiKey, at: float) -> _Answer:
    ends_at = key.revoked_at or key.expires_at
    return _Answer(caller_of_key(key), key.secret_hash, ends_at, at)


def _put(answers: dict[str, T], key_id: str, answer: T) -> None:
    """Keep an answer, in the place of the oldest one where there are too many."""
    if len(answers) >= _MOST_KEPT:
        del answers[next(iter(answers))]
    answers[key_id] = answer


def _wrong() -> NotSignedIn:
    return NotSignedIn("this API key is not valid: it is wrong, revoked or expired")
