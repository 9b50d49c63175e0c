"""Apply the rules by which calls are settled to what was stored under other rules, or under none."""

import hashlib
import re
from functools import cache
from typing import Final

from storage.client import Engine
from storage.control.cost_states import note_rules
from storage.control.database import ControlDatabase
from storage.control.jobs import enqueue
from storage.control.projects import ensure_project
from storage.costs.costing import StoredRange, rules_text, stored_ranges

_BY: Final = "groundwire"
"""Who a job is of that nobody asked for."""


@cache
def rules() -> str:
    """Return what identifies the rules; what is only said about them does not count."""
    plain = re.sub(r"--[^\n]*", "", rules_text())
    return hashlib.sha256(" ".join(plain.split()).encode()).hexdigest()[:32]


def queue_jobs_of_new_rules(engine: Engine, database: ControlDatabase) -> None:
    """Have stored spans costed anew where that happened under other rules, or never: in stores from before calls were.

    Once for all processes. Raises ControlUnavailable and the engine's errors.
    """
    for stored in stored_ranges(engine):
        ensure_project(database, stored.project)
        with database.session() as session:
            before = note_rules(session, stored.project, rules())
            if before != rules() and (before or not stored.has_calls):
                enqueue(session, stored.project, "recost", _everything(stored), created_by=_BY)


def _everything(stored: StoredRange) -> dict[str, str]:
    return {"start": stored.start.isoformat(), "end": stored.end.isoformat(), "from": "spans"}
