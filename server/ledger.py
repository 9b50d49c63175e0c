"""The account as the engine knows it, for a process that does not collect itself."""

from collections.abc import Mapping

from collector.signals import Signal
from storage.client import Engine
from storage.counts import Counts
from storage.loading import carried_over


class LedgerCounters:
    """What all collectors have loaded. What they still spool is on their own /metrics."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def snapshot(self, project: str | None = None) -> Mapping[Signal, Counts]:
        """Return the account per signal, of one project or of all together."""
        totals = {signal: Counts() for signal in Signal}
        for row in carried_over(self._engine, without=[]):
            if project in (None, row.project):
                totals[Signal(row.signal)].add(Counts.of_ledger(row))
        return totals

    def by_project(self) -> Mapping[tuple[Signal, str], Counts]:
        """Return the account per signal and project."""
        totals: dict[tuple[Signal, str], Counts] = {}
        for row in carried_over(self._engine, without=[]):
            totals.setdefault((Signal(row.signal), row.project), Counts()).add(
                Counts.of_ledger(row)
            )
        return totals
