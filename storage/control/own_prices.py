"""A project's own prices: negotiated rates, fine-tuned and self-hosted models, discounts, each from its date on.

How they and the list prices become what a call costs is in `analytics.prices`.
"""

from dataclasses import fields
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.control.database import serialise, touch
from storage.control.models import now
from storage.control.own_price_checks import OwnPriceSpec
from storage.control.own_price_models import (
    OwnPriceEntry,
    PriceChanges,
    rates_to_json,
    tiers_to_json,
)
from storage.errors import BadInput

MAX_ENTRIES: Final = 1_000
"""Of a project."""


def list_prices(session: Session, project: str) -> list[OwnPriceEntry]:
    """Return a project's own prices, by provider and model, the latest first; those that have ended too."""
    found = select(OwnPriceEntry).where(OwnPriceEntry.project == project)
    by = (OwnPriceEntry.provider, OwnPriceEntry.model, OwnPriceEntry.valid_from.desc())
    return list(session.scalars(found.order_by(*by, OwnPriceEntry.id)))


def get_price(session: Session, project: str, price_id: str) -> OwnPriceEntry | None:
    """Return an entry of a project; None where it has none of that id."""
    entry = session.get(OwnPriceEntry, price_id)
    return entry if entry is not None and entry.project == project else None


def add_price(
    session: Session, project: str, spec: OwnPriceSpec, *, created_by: str
) -> OwnPriceEntry:
    """Add an entry. Raises BadInput, also where there is one for the same calls from the same moment."""
    spec = spec.checked()
    serialise(session, f"prices:{project}")
    count = select(func.count()).where(OwnPriceEntry.project == project)
    if session.scalar(count) >= MAX_ENTRIES:  # type: ignore[operator]  # a count is never null
        raise BadInput(
            f"this project has {MAX_ENTRIES} prices of its own",
            hint="remove some; `*` in a model covers many",
        )
    _check_free(session, project, spec)
    entry = OwnPriceEntry(project=project, created_by=created_by, changed_by=created_by)
    _write(entry, spec)
    session.add(entry)
    _count_change(session, project)
    return entry


def change_price(
    session: Session, entry: OwnPriceEntry, spec: OwnPriceSpec, *, changed_by: str
) -> None:
    """Put a description in the place of an entry that `get_price` of this session gave. Raises BadInput as adding."""
    spec = spec.checked()
    serialise(session, f"prices:{entry.project}")
    _check_free(session, entry.project, spec, but=entry.id)
    _write(entry, spec)
    entry.changed_by, entry.changed_at = changed_by, now()
    _count_change(session, entry.project)


def remove_price(session: Session, entry: OwnPriceEntry) -> None:
    """Remove an entry that `get_price` of this session gave, as if it had never been."""
    serialise(session, f"prices:{entry.project}")
    session.delete(entry)
    _count_change(session, entry.project)


def price_changes(session: Session) -> dict[str, int]:
    """Return how often each project's own prices have changed; a project that never had any is left out.

    Whoever worked with a project's prices and finds another number here works with old ones. Within this process
    `ControlDatabase.subscribe` tells of a change at once, as `prices:<project>`.
    """
    return {row.project: row.changes for row in session.scalars(select(PriceChanges))}


def told(entry: OwnPriceEntry) -> dict[str, Any]:
    """Return an entry as the audit log keeps it: every member that says something, as JSON."""
    members = (field.name for field in fields(OwnPriceSpec))
    values = {name: getattr(entry, name) for name in members}
    values |= {"rates": entry.rates_json, "tiers": entry.tiers_json}
    for name in ("valid_from", "valid_to"):
        values[name] = values[name] and values[name].isoformat()
    for name in ("usd_per_unit", "discount_percent", "gpu_hour", "gpus"):
        values[name] = None if values[name] is None else format(values[name], "f")
    return {name: value for name, value in values.items() if value}


def _check_free(session: Session, project: str, spec: OwnPriceSpec, *, but: str = "") -> None:
    same = select(OwnPriceEntry.id).where(
        OwnPriceEntry.project == project,
        OwnPriceEntry.provider == spec.provider,
        # Calls are matched whatever the case.
        func.lower(OwnPriceEntry.model) == spec.model.lower(),
        OwnPriceEntry.service_tier == spec.service_tier,
        OwnPriceEntry.processing == spec.processing,
        OwnPriceEntry.valid_from == spec.valid_from,
        OwnPriceEntry.id != but,
    )
    if session.scalar(same) is not None:
        raise BadInput(
            f"there is a price of {spec.model} from {spec.valid_from:%Y-%m-%d %H:%M:%S} already",
            hint="change that one, or let this one begin at another time",
        )


def _write(entry: OwnPriceEntry, spec: OwnPriceSpec) -> None:
    """Write a checked description into an entry."""
    for field in fields(spec):
        if field.name not in {"rates", "tiers"}:
            setattr(entry, field.name, getattr(spec, field.name))
    entry.rates_json, entry.tiers_json = rates_to_json(spec.rates), tiers_to_json(spec.tiers)


def _count_change(session: Session, project: str) -> None:
    """Let workers know, in the same transaction. The caller has its turn at the project's prices."""
    counted = session.get(PriceChanges, project)
    if counted is None:
        counted = PriceChanges(project=project, changes=0)
        session.add(counted)
    counted.changes, counted.changed_at = counted.changes + 1, now()
    session.flush()
    touch(session, f"prices:{project}")
