"""What became of the spans, log records and data points that came in.

received = stored + duplicate + rejected + quarantined + spooled
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from storage.loading import LedgerTotal

OUTCOMES: Final = ("stored", "duplicate", "rejected", "quarantined", "spooled")
"""What can become of an item: the counters that add up to `received`."""


@dataclass(slots=True)
class Counts:
    """Spans, log records or data points: of one project, or of several added up."""

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
    def unaccounted(self) -> int:
        """Items that no outcome accounts for; 0 wherever the account is right."""
        ends = (self.stored, self.duplicate, self.rejected, self.quarantined, self.spooled)
        return self.received - sum(ends)


class LiveCounters(Protocol):
    """The account as this process knows it, what is still spooled included."""

    def snapshot(self, project: str | None = None) -> Mapping[Any, Counts]:
        """Return a balanced copy per signal (traces, logs, metrics), of one project or of all together."""

    def by_project(self) -> Mapping[tuple[Any, str], Counts]:
        """Return a balanced copy per signal and project, of all of them: show none unasked."""
