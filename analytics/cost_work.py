"""Keep what was spent up to date: prices for what calls name, GPU time, rollups of the hours that changed.

Every step makes what it writes anew from what is stored, so all of it may be done twice, by several at once, and again
after a crash.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Final

from analytics.availability import StoreAway, availability
from analytics.price_keeping import PriceKeeping
from storage.client import Engine
from storage.control.database import ControlDatabase
from storage.costs.gpu import has_servings, share_gpu_time
from storage.costs.rolling import ChangedHour, changed_hours, portions, roll_up

log = logging.getLogger(__name__)

HOLD_S: Final = 30.0
"""How long a project is left alone after an error, so that the others come first; it is logged as often."""


@dataclass(frozen=True, slots=True)
class Due:
    """What there is to do."""

    changed: Sequence[ChangedHour]
    """Hours to roll up."""
    outdated: Sequence[str]
    """Projects whose prices are others than their price rows say."""

    def __bool__(self) -> bool:
        return bool(self.changed or self.outdated)


class CostWork:
    """Brings costs up to date, a portion of each project at a time."""

    def __init__(self, engine: Engine, database: ControlDatabase) -> None:
        self._engine = engine
        self._prices = PriceKeeping(engine, database)
        self._held: dict[str, float] = {}
        """Projects that had an error, and until when they are left alone, by time.monotonic()."""

    def due(self) -> Due:
        """Return what there is to do now. Raises StoreAway."""
        held = self._left_alone()
        with availability():
            changed = changed_hours(self._engine, without=held)
            outdated = self._prices.outdated(hour.project for hour in changed)
        return Due(changed, [project for project in outdated if project not in held])

    def do(self, due: Due) -> None:
        """Do a portion of what is due in each project. Raises StoreAway."""
        for project in due.outdated:
            with self._holding_back(project), availability():
                self._prices.refresh(project)
        by_project = attrgetter("project")
        for project, hours in groupby(sorted(due.changed, key=by_project), by_project):
            with self._holding_back(project), availability():
                self._bring_up(project, list(hours))

    def _bring_up(self, project: str, changed: Sequence[ChangedHour]) -> None:
        portion = next(portions(self._engine, project, changed))
        hours = [one.hour for one in portion]
        self._prices.price_new_keys(project, hours)
        if has_servings(self._engine, project, hours):
            share_gpu_time(self._engine, project, hours)
        roll_up(self._engine, project, portion)

    def _left_alone(self) -> list[str]:
        at = time.monotonic()
        self._held = {project: until for project, until in self._held.items() if until > at}
        return list(self._held)

    @contextmanager
    def _holding_back(self, project: str) -> Iterator[None]:
        """Log an error of one project and leave it alone for a while, so that the others go on."""
        try:
            yield
        except StoreAway:
            raise
        except Exception:
            self._held[project] = time.monotonic() + HOLD_S
            log.exception("the costs of project %s cannot be brought up to date", project)
