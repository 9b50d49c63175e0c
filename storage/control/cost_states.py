"""What workers remember of a project's costs, and which of them keeps the costs."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.control.cost_models import CostState, Lease
from storage.control.database import serialise
from storage.control.models import now as clock

LEASE: Final = timedelta(seconds=15)
"""How long a lease lasts that is not renewed. Holders renew it several times within."""


def cost_states(session: Session) -> dict[str, CostState]:
    """Return what is remembered of each project; one whose costs have never been kept is left out."""
    return {state.project: state for state in session.scalars(select(CostState))}


def note_prices(session: Session, project: str, *, own_changes: int, catalogue: str) -> None:
    """Remember by which prices a project's price rows have been made, all of them."""
    state = _state(session, project)
    state.own_changes, state.catalogue = own_changes, catalogue


def note_rules(session: Session, project: str, rules: str) -> str:
    """Remember the rules of a project's costs; return those of before, '' where none were.

    Of several callers at once only one is told others than its own.
    """
    state = _state(session, project)
    before, state.rules = state.rules, rules
    return before


def _state(session: Session, project: str) -> CostState:
    """Return the row of a project, which nobody else changes before this transaction ends."""
    serialise(session, f"costs:{project}")
    state = session.get(CostState, project, populate_existing=True)
    if state is None:
        state = CostState(project=project)
        session.add(state)
        session.flush()
    return state


def hold_lease(
    session: Session,
    name: str,
    holder: str,
    now: datetime | None = None,
    *,
    lasting: timedelta = LEASE,
) -> bool:
    """Take a lease that is free or has run out, or renew one's own; tell whether it is one's own now.

    `holder` names the process, uniquely; `lasting` is how long it may say nothing.
    """
    at = now or clock()
    serialise(session, f"lease:{name}")
    lease = session.get(Lease, name, populate_existing=True)
    if lease is None:
        session.add(Lease(name=name, holder=holder, until=at + lasting))
        return True
    if lease.holder != holder and lease.until > at:
        return False
    lease.holder, lease.until = holder, at + lasting
    return True


def free_lease(session: Session, name: str, holder: str) -> None:
    """Give a lease back at one's end, if it is one's own."""
    serialise(session, f"lease:{name}")
    lease = session.get(Lease, name, populate_existing=True)
    if lease is not None and lease.holder == holder:
        session.delete(lease)
