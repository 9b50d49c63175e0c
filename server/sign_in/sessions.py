"""Sessions: a signed cookie that says who signed in, and when.

Nothing is kept of a session on the server. What ends one early is the person's `session_epoch`: the cookie carries the
one that it began in, and is worth nothing once a new password, an operator or the person has raised it.
"""

import hashlib
import threading
import time
from dataclasses import dataclass
from typing import Final

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from storage.control.access import Caller, NotSignedIn
from storage.control.database import ControlDatabase
from storage.control.models import Person
from storage.control.people import caller_of

COOKIE: Final = "groundwire_session"
LONGEST_S: Final = 14 * 86_400
"""Seconds from signing in until one has to do so again."""
IDLE_S: Final = 86_400
"""Seconds without a request after which a session ends. An open page asks for news, so it is not idle."""
_RENEW_S: Final = 600
"""Age at which a cookie is issued again: often enough to tell an idle one, seldom enough to cost nothing."""
_FRESH_S: Final = 5.0
"""How long what is known of a person may lag behind a change that another process made."""
_SALT: Final = "groundwire session"
_ENDED: Final = "your session has ended: sign in again"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a session's cookie says. Times in seconds since 1970."""

    person: str
    epoch: int
    began: int
    issued: int

    def is_over(self, now: float) -> bool:
        """Whether the session has ended by itself."""
        return now > self.began + LONGEST_S or now > self.issued + IDLE_S


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    epoch: int
    until: float
    """On the monotonic clock."""


class Sessions:
    """Issues and reads the cookies of one installation. Safe to use from several threads."""

    def __init__(self, database: ControlDatabase, secret: str) -> None:
        """`secret` signs: the same in all processes that answer for one another."""
        self._database = database
        self._serializer = URLSafeSerializer(
            secret, salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._known: dict[str, _Known] = {}
        self._changes = 0
        self._lock = threading.Lock()
        database.subscribe(self._forget)

    def begin(self, person: Person) -> Ticket:
        """Return a new session of a person."""
        now = int(time.time())
        return Ticket(person.id, person.session_epoch, now, now)

    def read(self, connection: HTTPConnection) -> Ticket | None:
        """Return the session of a request's cookie; None without one, or with one that is forged or over."""
        text = connection.cookies.get(COOKIE)
        if not text:
            return None
        try:
            ticket = Ticket(*self._serializer.loads(text))
        except (BadData, TypeError):
            return None
        return None if ticket.is_over(time.time()) else ticket

    def caller(self, ticket: Ticket) -> Caller:
        """Return whose session it is. May ask the database. Raises NotSignedIn and ControlUnavailable."""
        return self._fresh(ticket.person, ticket.epoch) or self._look_up(
            ticket.person, ticket.epoch
        )

    def seen(self, ticket: Ticket) -> Caller | None:
        """Return the caller as `caller` does, or None where the database has to be asked. Never waits."""
        return self._fresh(ticket.person, ticket.epoch)

    def is_due(self, ticket: Ticket) -> bool:
        """Tell whether a session's cookie should be issued again, because it is in use."""
        return time.time() > ticket.issued + _RENEW_S

    def cookie(self, ticket: Ticket, *, secure: bool) -> str:
        """Return the `Set-Cookie` header of a session, issued now. `secure`: the browser came by https."""
        issued = int(time.time())
        said = self._serializer.dumps([ticket.person, ticket.epoch, ticket.began, issued])
        holder = Response()
        holder.set_cookie(
            COOKIE,
            str(said),
            max_age=ticket.began + LONGEST_S - issued,
            path="/",
            secure=secure,
            httponly=True,
            samesite="lax",
        )
        return holder.headers["set-cookie"]

    def _fresh(self, person_id: str, epoch: int) -> Caller | None:
        """Return what was known a moment ago. Raises NotSignedIn."""
        known = self._known.get(person_id)
        if known is None or known.until < time.monotonic():
            return None
        return _current(known, epoch)

    def _look_up(self, person_id: str, epoch: int) -> Caller:
        changes, until = self._changes, time.monotonic() + _FRESH_S
        with self._database.reading() as session:
            person = session.get(Person, person_id)
            if person is None:
                raise NotSignedIn(_ENDED)
            known = _Known(caller_of(session, person), person.session_epoch, until)
        with self._lock:
            # What changed while we asked is asked again.
            if changes == self._changes:
                self._known[person_id] = known
        return _current(known, epoch)

    def _forget(self, touched: frozenset[str]) -> None:
        """Look up again whom a change in this process is about."""
        with self._lock:
            self._changes += 1
            for name in touched:
                kind, _, which = name.partition(":")
                if kind == "person":
                    self._known.pop(which, None)


def _current(known: _Known, epoch: int) -> Caller:
    """Return the caller if the session began in the epoch that is now. Raises NotSignedIn."""
    if known.epoch != epoch:
        raise NotSignedIn(_ENDED)
    return known.caller


def end(response: Response) -> None:
    """Take the session's cookie away."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
