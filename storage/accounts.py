"""The account of what was received and what became of it, from the ledger that is written with the data itself."""

from dataclasses import dataclass
from typing import Final

from storage.client import Engine
from storage.query import ask, load_across

_MOST: Final = 100_000
"""Rows: a project has three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Rows (spans, log records, metric points) of one project and signal since the beginning."""

    accepted: int
    rejected: int
    stored: int
    quarantined: int

    @property
    def duplicate(self) -> int:
        """Accepted rows that were stored before, so were not stored again."""
        return max(0, self.accepted - self.stored - self.quarantined)


def totals(engine: Engine) -> dict[tuple[str, str], Totals]:
    """Return the totals by (project, signal); signals are 'traces', 'logs' and 'metrics'."""
    query = load_across("accounts")
    rows = ask(engine, query.name, query.text, {"limit": _MOST}).result_rows
    return {
        (project, signal): Totals(
            accepted=int(accepted),
            rejected=int(rejected),
            stored=int(stored),
            quarantined=int(quarantined),
        )
        for project, signal, accepted, rejected, stored, quarantined in rows
    }
