"""The audit log: who did what. Written in the same transaction as what it tells of."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.control.access import Caller
from storage.control.models import AuditEntry

MOST: Final = 200
"""Entries of one answer."""

_MAX_TARGET: Final = 500


def record(
    session: Session,
    caller: Caller,
    action: str,
    target: str,
    project: str | None = None,
    **detail: Any,
) -> AuditEntry:
    """Write down that `caller` did `action` (`key.create`, `member.set`) to `target`; `project` None: to the server.

    `detail` is kept as JSON and shown to the project's admins: no secrets, no texts of traces.
    """
    entry = AuditEntry(
        project=project,
        actor_kind=caller.kind,
        actor=caller.name,
        action=action,
        target=target[:_MAX_TARGET],
        detail=detail,
    )
    session.add(entry)
    session.flush()
    return entry


def entries(
    session: Session, project: str | None, limit: int = 50, before: int | None = None
) -> list[AuditEntry]:
    """Return the newest entries first: of a project, or where it is None of everything, for operators.

    `before` is the id of the last entry of the page before; `limit` is at most MOST.
    """
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(min(limit, MOST))
    if project is not None:
        query = query.where(AuditEntry.project == project)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(session.scalars(query))
