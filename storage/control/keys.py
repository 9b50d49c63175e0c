"""API keys: made, rotated and revoked; and how the door knows their callers without asking the database each time.

A key is written `gw_<id>_<secret>`. The secret is 256 random bits, so its SHA-256 is all that is kept: slow hashes make
up for secrets that can be guessed, and this one cannot (NIST SP 800-63B, 5.1.1.2, asks them of memorised secrets only;
5.1.2.2 asks no more than a hash of look-up secrets of 112 bits and above).
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.control.access import Caller, Forbidden, KeyScope, Permission
from storage.control.checks import checked_name
from storage.control.database import ControlDatabase, serialise, touch
from storage.control.key_callers import AskFirst, KeyCallers, Known, wrong_key
from storage.control.key_uses import KeyUses
from storage.control.models import ApiKey, new_id, now
from storage.control.page_tokens import PAGE_PREFIX, PageTokens
from storage.control.projects import get_project
from storage.control.secrets import signing_secret
from storage.errors import BadInput

MAX_GRACE: Final = timedelta(days=90)
"""How long a rotated key may work on. Longer is two keys."""

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
    return _added(
        session,
        ApiKey(
            project=project,
            name=name,
            scopes=granted,
            created_by=created_by,
            expires_at=expires_at,
        ),
    )


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
    successor = ApiKey(
        project=old.project,
        name=old.name,
        scopes=old.scopes,
        created_by=created_by or old.created_by,
        expires_at=old.expires_at,
    )
    new, shown = _added(session, successor)
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


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a text says of itself."""

    key_id: str
    secret_hash: str | None
    """None: a publishable token, whose signature stands for the secret."""
    trace_id: str


class Keys:
    """Finds the caller of a key. A look-up in memory for keys that were seen a moment ago.

    A key that is revoked in this process ends at once, in another one within `key_callers.TTL_S`. While the database is
    away, known keys work on for `key_callers.AWAY_S`. `clock` counts seconds. For use from several threads.
    """

    def __init__(
        self, database: ControlDatabase, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._callers = KeyCallers(database, clock)
        self._uses = KeyUses(database, clock)
        self._signer: PageTokens | None = None

    def caller(self, shown: str) -> Caller:
        """Return the caller of a key's text or of a publishable token; may ask the database.

        Raises NotSignedIn for one that is wrong, revoked or expired, alike, and ControlUnavailable where the database
        would have to say and does not: the same request may work a moment later.
        """
        return self._admit(self._read(shown), self._callers.find)

    def seen(self, shown: str) -> Caller | None:
        """Return the caller as `caller` does, or None where the database has to be asked. Never waits."""
        if shown.startswith(PAGE_PREFIX) and self._signer is None:
            return None
        try:
            return self._admit(self._read(shown), self._callers.remembered)
        except AskFirst:
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
            raise wrong_key()
        return _Shown(match[1], _hash(match[2]), "")

    def _admit(self, shown: _Shown, find: Callable[[str], Known]) -> Caller:
        known = find(shown.key_id)
        if known.ends_at is not None and known.ends_at <= now():
            raise wrong_key()
        if shown.secret_hash is None:
            caller = _page(known.caller, shown.trace_id)
        elif hmac.compare_digest(known.secret_hash, shown.secret_hash):
            caller = known.caller
        else:
            raise wrong_key()
        self._uses.note(shown.key_id)
        return caller

    def _tokens(self) -> PageTokens:
        if self._signer is None:
            self._signer = PageTokens(signing_secret(self._database))
        return self._signer


def _page(key: Caller, trace_id: str) -> Caller:
    feedback = frozenset({Permission.FEEDBACK})
    grants = {project: granted & feedback for project, granted in key.grants.items()}
    return replace(key, kind="page", grants=grants, trace_id=trace_id)


def _added(session: Session, key: ApiKey) -> tuple[ApiKey, str]:
    secret = secrets.token_hex(32)
    key.id, key.secret_hash = new_id(), _hash(secret)
    session.add(key)
    session.flush()
    return key, f"gw_{key.id}_{secret}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
