"""The account of what came in, per signal and project (`storage.counts`), balanced at any moment.

Every step moves counts under one lock, so that whoever reads sees a balanced account. The engine's ledger and the
spool hold the same figures durably; at start the account is rebuilt from them.
"""

import threading
from collections.abc import Mapping

from collector.signals import Signal
from storage.counts import Counts


class Counters:
    """The live account of this process. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[Signal, str], Counts] = {}

    def spooled(self, signal: Signal, project: str, *, accepted: int, rejected: int) -> None:
        """Count a request that is durable in the spool."""
        self._add(
            signal,
            project,
            Counts(received=accepted + rejected, rejected=rejected, spooled=accepted),
        )

    def loaded(
        self, signal: Signal, project: str, *, stored: int, duplicate: int, quarantined: int
    ) -> None:
        """Move what a segment held from spooled to where it ended."""
        accepted = stored + duplicate + quarantined
        self._add(
            signal,
            project,
            Counts(stored=stored, duplicate=duplicate, quarantined=quarantined, spooled=-accepted),
        )

    def carried_over(self, signal: Signal, project: str, counts: Counts) -> None:
        """Add what earlier processes did, from the engine's ledger."""
        self._add(signal, project, counts)

    def snapshot(self, project: str | None = None) -> Mapping[Signal, Counts]:
        """Return a balanced copy per signal, of one project or of all together."""
        totals = {signal: Counts() for signal in Signal}
        with self._lock:
            for (signal, name), counts in self._counts.items():
                if project in (None, name):
                    totals[signal].add(counts)
        return totals

    def by_project(self) -> Mapping[tuple[Signal, str], Counts]:
        """Return a balanced copy per signal and project."""
        with self._lock:
            copies = {key: Counts() for key in self._counts}
            for key, counts in self._counts.items():
                copies[key].add(counts)
        return copies

    def _add(self, signal: Signal, project: str, change: Counts) -> None:
        with self._lock:
            self._counts.setdefault((signal, project), Counts()).add(change)
