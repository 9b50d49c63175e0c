"""How often somebody may try to sign in. Counted in the database, so that several processes share the limits."""

import hashlib
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from storage.control.database import ControlDatabase, serialise
from storage.control.models import SignInAttempt, now
from storage.errors import StorageError

WINDOW: Final = timedelta(minutes=15)
"""How long a failure counts."""

PER_EMAIL: Final = 10
"""Failures: a thousand guesses a day at one password, which its length withstands, and room for a person's slips."""

PER_ADDRESS: Final = 50
"""Failures: an office behind one address has many people, somebody who tries addresses needs many more."""


class TooManyAttempts(StorageError):  # noqa: N818 - it reads as what happened
    """Too many failures lately, for the e-mail address or from the network. `retry_after_s`: seconds to wait."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many attempts to sign in: wait {_shown(retry_after_s)}")
        self.retry_after_s = retry_after_s


def begin(database: ControlDatabase, email: str, address: str) -> int:
    """Write an attempt down as failed, before anything is compared; return its id. Raises TooManyAttempts.

    So guesses that run at the same time count against each other.
    """
    attempt = SignInAttempt(subject=_subject(email), address=network(address), at=now())
    with database.session() as session:
        # Always in this order, so that no two wait for each other.
        serialise(session, f"sign-in:{attempt.subject}")
        serialise(session, f"sign-in from:{attempt.address}")
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < attempt.at - WINDOW))
        _check(session, SignInAttempt.subject == attempt.subject, PER_EMAIL, attempt.at)
        _check(session, SignInAttempt.address == attempt.address, PER_ADDRESS, attempt.at)
        session.add(attempt)
        session.flush()
        return attempt.id


def succeed(session: Session, attempt: int) -> None:
    """Write down that an attempt succeeded: it counts no more."""
    session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt).values(succeeded=True))


def network(address: str) -> str:
    """Return what of an address stands for one visitor: an IPv4 address, or the /64 that a line of IPv6 has."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))


def _check(session: Session, whose: ColumnElement[bool], most: int, at: datetime) -> None:
    failures: Sequence[datetime] = session.scalars(
        select(SignInAttempt.at)
        .where(whose, SignInAttempt.at > at - WINDOW, SignInAttempt.succeeded.is_(False))
        .order_by(SignInAttempt.at.desc())
        .limit(most)
    ).all()
    if len(failures) == most:
        raise TooManyAttempts(max(1, int((failures[-1] + WINDOW - at).total_seconds()) + 1))


def _subject(email: str) -> str:
    return hashlib.sha256(email.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()


def _shown(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
