"""Keep the engine's price rows: what each way of naming a model costs, found out once and put where SQL joins it."""

import logging
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from analytics.cost_rules import rules
from analytics.prices.own import OwnPrice
from analytics.prices.resolve import CATALOGUE_VERSION
from analytics.prices.rows import price_row
from storage.client import Engine
from storage.control.cost_states import cost_states, note_prices, note_rules
from storage.control.database import ControlDatabase
from storage.control.own_price_models import OwnPriceEntry
from storage.control.own_prices import list_prices, price_changes
from storage.control.projects import ensure_project
from storage.costs.prices import (
    MAX_KEYS,
    MAX_UNPRICED_KEYS,
    PriceKey,
    count_keys,
    known_keys,
    store_prices,
    unresolved_keys,
)
from storage.costs.settling import settle_again
from storage.costs.unpriced import unpriced_hours

log = logging.getLogger(__name__)

_AT_ONCE: Final = 200
"""Keys that are looked up in one go: each takes milliseconds, and other projects wait."""

_LOOKED_AT: Final = 10
"""Portions that are looked through in one go for calls that have a price now."""

_LOG_EVERY_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class _Own:
    """A project's own prices, and how often they had been changed by then."""

    changes: int
    prices: Sequence[OwnPrice]


@dataclass(slots=True)
class _Refresh:
    """A project whose price rows are made anew, and whose calls without a price are looked at again after that."""

    changes: int
    keys: list[PriceKey]
    portions: deque[list[datetime]] | None = None
    """None until all rows are made."""


class PriceKeeping:
    """Sees to it that calls are settled at the prices of now: those of the catalogue, and the projects' own."""

    def __init__(self, engine: Engine, database: ControlDatabase) -> None:
        self._engine = engine
        self._database = database
        self._refreshes: dict[str, _Refresh] = {}
        self._told: dict[str, float] = {}
        """When it was logged of a project that it names too many models, by time.monotonic()."""

    def outdated(self, projects: Iterable[str]) -> list[str]:
        """Return which projects' prices are others than their rows say: of these, and of all whose rows are known."""
        with self._database.reading() as session:
            states = cost_states(session)
            changes = price_changes(session)
        made = {name: (state.own_changes, state.catalogue) for name, state in states.items()}
        return [
            project
            for project in sorted({*made, *projects})
            if made.get(project) != (changes.get(project, 0), CATALOGUE_VERSION)
        ]

    def refresh(self, project: str) -> bool:
        """Make all price rows of a project anew, then settle its calls that had no price and now have one.

        Does a portion of that and tells whether it was the last. Calls that have a price keep it.
        """
        own = self._own(project)
        refresh = self._refreshes.get(project)
        if refresh is None or refresh.changes != own.changes:
            keys = known_keys(self._engine, project)
            refresh = self._refreshes[project] = _Refresh(own.changes, keys)
        if refresh.keys:
            rows = [price_row(key, own.prices) for key in refresh.keys[:_AT_ONCE]]
            store_prices(self._engine, project, rows)
            del refresh.keys[:_AT_ONCE]
            return False
        if refresh.portions is None:
            refresh.portions = deque(unpriced_hours(self._engine, project))
        self._settle_unpriced(project, refresh.portions)
        if refresh.portions:
            return False
        self._note(project, own.changes)
        del self._refreshes[project]
        return True

    def _settle_unpriced(self, project: str, portions: deque[list[datetime]]) -> None:
        """Settle the first portion in which a call without a price has one now; leave the rest for another time."""
        for hours in list(portions)[:_LOOKED_AT]:
            was_settled = settle_again(self._engine, "touched_unpriced", project, hours)
            portions.popleft()
            if was_settled:
                return

    def price_new_keys(self, project: str, hours: Sequence[datetime]) -> None:
        """Price what calls of these hours name for the first time, as much as is done in one go; settle those calls.

        That marks the hours as changed, so that they come again as long as anything is left.
        """
        keys = unresolved_keys(self._engine, project, hours, limit=_AT_ONCE)
        if keys and self.price(project, keys):
            settle_again(self._engine, "touched_unresolved", project, hours)

    def price(self, project: str, keys: Sequence[PriceKey]) -> bool:
        """Make price rows of keys that have none, as far as the project has room for them; tell whether any was made.

        Calls of the others stay unresolved: counted, listed, and added to no cost.
        """
        own = self._own(project).prices
        count = there = count_keys(self._engine, project)
        for start in range(0, len(keys), _AT_ONCE):
            rows = [price_row(key, own) for key in keys[start : start + _AT_ONCE]]
            kept = [row for row in rows if row.periods][: max(MAX_KEYS - count, 0)]
            room = max(MAX_UNPRICED_KEYS - count - len(kept), 0)
            kept += [row for row in rows if not row.periods][:room]
            store_prices(self._engine, project, kept)
            count += len(kept)
        if count - there < len(keys):
            self._tell_of_too_many(project)
        return count > there

    def _tell_of_too_many(self, project: str) -> None:
        at = time.monotonic()
        if at - self._told.get(project, float("-inf")) > _LOG_EVERY_S:
            self._told[project] = at
            log.warning(
                "project %s names models in more than %d ways: calls of further ones stay without a price",
                project,
                MAX_UNPRICED_KEYS,
            )

    def _own(self, project: str) -> _Own:
        with self._database.reading() as session:
            return read_own(session, project)

    def _note(self, project: str, changes: int) -> None:
        ensure_project(self._database, project)
        with self._database.session() as session:
            if project not in cost_states(session):
                # A project that has just begun: nothing of it was ever settled under other rules.
                note_rules(session, project, rules())
            note_prices(session, project, own_changes=changes, catalogue=CATALOGUE_VERSION)


def read_own(session: Session, project: str) -> _Own:
    """Return a project's own prices as the look-up takes them."""
    changes = price_changes(session).get(project, 0)
    return _Own(changes, [_own_price(entry) for entry in list_prices(session, project)])


def _own_price(entry: OwnPriceEntry) -> OwnPrice:
    return OwnPrice(
        id=entry.id,
        model=entry.model,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        provider=entry.provider,
        service_tier=entry.service_tier,
        processing=entry.processing,
        kind=entry.kind,
        currency=entry.currency,
        usd_per_unit=entry.usd_per_unit,
        rates=entry.rates,
        tiers=entry.tiers,
        discount_percent=entry.discount_percent,
        gpu_hour=entry.gpu_hour,
        gpus=entry.gpus,
        compare_provider=entry.compare_provider,
        compare_model=entry.compare_model,
    )
