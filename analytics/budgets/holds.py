"""Money reserved for calls that are under way and not stored yet. Of one process, in memory."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

HOLD_S: Final = 120.0
"""How long a hold lasts whose call never shows up."""

MAX_HOLDS: Final = 50_000
"""Holds of a project, in all of its budgets: who asks for more is told yes or no, and holds nothing."""

Key = tuple[str, str]
"""Id of a budget, and whose it is."""


@dataclass(slots=True)
class _Line:
    """The holds of one key, the oldest first; all last equally long, so that is also the order in which they end."""

    holds: deque[tuple[float, Decimal]] = field(default_factory=deque)
    usd: Decimal = Decimal(0)

    def drop(self) -> int:
        """End the oldest hold; return how many that were."""
        _, usd = self.holds.popleft()
        self.usd -= usd
        return 1


class Holds:
    """Who holds how much. Not safe from several threads by itself. Times are those of a monotonic clock."""

    def __init__(self) -> None:
        self._lines: dict[Key, _Line] = {}
        self._count = 0

    def held(self, key: Key, at: float) -> Decimal:
        """Return what is held of a budget at a moment."""
        line = self._lines.get(key)
        if line is None:
            return Decimal(0)
        while line.holds and line.holds[0][0] <= at:
            self._count -= line.drop()
        if not line.holds:
            del self._lines[key]
        return line.usd

    def hold(self, keys: Sequence[Key], usd: Decimal, at: float) -> None:
        """Hold an amount of each of some budgets, for one call; nothing where too much is held already."""
        if self._count + len(keys) > MAX_HOLDS:
            return
        self._count += len(keys)
        for key in keys:
            line = self._lines.setdefault(key, _Line())
            line.holds.append((at + HOLD_S, usd))
            line.usd += usd

    def release(self, key: Key, calls: int) -> None:
        """End the oldest holds of a budget: so many of its calls have shown up, each with what it really cost."""
        line = self._lines.get(key)
        if line is None:
            return
        for _ in range(min(calls, len(line.holds))):
            self._count -= line.drop()
        if not line.holds:
            del self._lines[key]

    def keys(self, at: float) -> list[Key]:
        """Return the budgets that anything is held of."""
        return [key for key in list(self._lines) if self.held(key, at)]
