"""The account of what came in, per signal and project, balanced at any moment.

    received = stored + duplicate + rejected + quarantined + spooled

Every step moves counts under one lock, so that whoever reads sees a balanced account. The engine's ledger and the
spool hold the same figures durably; at start the account is rebuilt from them.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from collector.signals import Signal
from storage.loading import LedgerTotal


@dataclass(slots=True)
class Counts:
    """Spans, log records or data points of one project."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    """Accepted again although stored already."""
    rejected: int = 0
    """Refused singly, each told to its sender."""
    quarantined: int = 0
    """Accepted, refused by the engine, set aside with the reason."""
    spooled: int = 0
    """Durable on disk, not yet in the engine."""

    @classmethod
    def of_ledger(cls, total: LedgerTotal) -> "Counts":
        """Return the account of what the engine has seen."""
        return cls(
            received=total.accepted + total.rejected,
            stored=total.stored,
            duplicate=total.accepted - total.stored - total.quarantined,
            rejected=total.rejected,
            quarantined=total.quarantined,
        )

    def add(self, other: "Counts") -> None:
        """Add another account to this one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def balanced(self) -> bool:
        """Whether every item received is accounted for."""
        return (
            self.received
            == self.stored + self.duplicate + self.rejected + self.quarantined + self.spooled
        )


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
