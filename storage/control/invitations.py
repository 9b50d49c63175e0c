"""Links that are given to somebody: to set up their account, or to set a new password. Each works once."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from storage.control.access import Role
from storage.control.checks import folded
from storage.control.models import Invitation, now
from storage.errors import BadInput

VALID: Final = timedelta(days=7)
"""How long an invitation works: a week's holiday does not end it."""

RESET_VALID: Final = timedelta(days=1)
"""How long a link to a new password works: it opens an account that exists."""


def issue(
    session: Session,
    email: str,
    *,
    created_by: str,
    project: str | None = None,
    role: Role | None = None,
    is_operator: bool = False,
    resets_password: bool = False,
) -> str:
    """Write an invitation down and return its token, which nothing can show again. Earlier ones alike end."""
    session.execute(
        delete(Invitation).where(
            Invitation.email == email,
            Invitation.project.is_(None) if project is None else Invitation.project == project,
            Invitation.resets_password == resets_password,
            Invitation.used_at.is_(None),
        )
    )
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            token_hash=_hash(token),
            email=email,
            project=project,
            role=role,
            is_operator=is_operator,
            resets_password=resets_password,
            expires_at=now() + (RESET_VALID if resets_password else VALID),
            created_by=created_by,
        )
    )
    session.flush()
    return token


def read_invitation(session: Session, token: str) -> Invitation:
    """Return the invitation of a token. Raises BadInput where it is unknown, used or expired, alike."""
    found = session.get(Invitation, _hash(token))
    if found is None or found.used_at is not None or found.expires_at <= now():
        raise BadInput(
            "this link does not work any more",
            hint="each works once, for a time: ask for another one",
        )
    return found


def list_invitations(session: Session, project: str | None = None) -> list[Invitation]:
    """Return the invitations that wait, oldest first: a project's, or everybody's."""
    query = select(Invitation).where(_waits()).order_by(Invitation.created_at)
    if project is not None:
        query = query.where(Invitation.project == project)
    return list(session.scalars(query))


def withdraw_invitation(session: Session, token_hash: str, *, project: str | None = None) -> None:
    """End an invitation that waits, if it is of `project` where one is named. Raises BadInput."""
    found = session.get(Invitation, token_hash)
    if found is None or found.used_at is not None or project not in (None, found.project):
        raise BadInput("there is no such invitation")
    session.delete(found)


def end_resets(session: Session, email: str) -> None:
    """End the links to a new password that a person could still take up."""
    session.execute(
        delete(Invitation).where(
            Invitation.email == email, Invitation.resets_password, Invitation.used_at.is_(None)
        )
    )


def waiting_for(session: Session, email: str) -> list[Invitation]:
    """Return the invitations of an e-mail address that wait; links to a new password are not among them."""
    query = select(Invitation).where(
        Invitation.email == folded(email), Invitation.resets_password.is_(False), _waits()
    )
    return list(session.scalars(query))


def _waits() -> ColumnElement[bool]:
    return Invitation.used_at.is_(None) & (Invitation.expires_at > now())


def _hash(token: str) -> str:
    # A hash without salt or cost suffices: the token is 256 random bits.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
