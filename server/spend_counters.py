"""Counters of spend, tokens and requests for Prometheus: few labels, and figures that never go down."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from analytics.budgets.totals import Pair, Totals, totals
from storage.client import Engine
from storage.errors import StorageError
from storage.scope import Scope

log = logging.getLogger(__name__)

MOST: Final = 100
"""Pairs of model and tenant of a project that have labels of their own: those that spent most."""

MOST_EVER: Final = 300
"""Pairs that may have had them while the process runs: a label that was shown stays."""

OTHER: Final = Pair("other", "other")
"""The labels of all others together."""

_READ_EVERY_S: Final = 10.0
"""Who scrapes more often gets the same figures again: they are a sum over all that is stored."""


@dataclass(slots=True)
class _Counted:
    """One project's counters, and the totals that they were last moved by."""

    read_at: float = float("-inf")
    counters: dict[Pair, Totals] = field(default_factory=dict)
    last: dict[Pair, Totals] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def move(self, now: Mapping[Pair, Totals], rest: Totals) -> None:
        """Raise the counters by what was added since the last time.

        They begin at what is stored. Later only increases count: a re-costing that lowers what is stored lowers no
        counter, and what is added afterwards counts again.
        """
        # A tenant and a model that are really called so are among the others.
        rest = rest.plus(now.get(OTHER, Totals()))
        now = {pair: total for pair, total in now.items() if pair != OTHER}
        rest_before = self.last.get(OTHER, Totals())
        for pair, total in now.items():
            if pair in self.last:
                self._add(pair, total.rise(self.last[pair]))
            elif rest_before.requests:
                # It was among the others until now, and its past stays counted there.
                self._add(pair, Totals())
                rest_before = rest_before.minus(total)
            else:
                self._add(pair, total)
        self._add(OTHER, rest.rise(rest_before))
        gone = dict.fromkeys(self.last, Totals())
        self.last = {**gone, **now, OTHER: rest}

    def _add(self, pair: Pair, rise: Totals) -> None:
        self.counters[pair] = self.counters.get(pair, Totals()).plus(rise)

    @property
    def labelled(self) -> list[Pair]:
        """The pairs that have labels of their own."""
        return [pair for pair in self.counters if pair != OTHER]


class SpendCounters:
    """The counters of this process, read from the store when asked for. Safe from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counted: dict[str, _Counted] = {}
        self._lock = threading.Lock()

    def of(self, project: str) -> Mapping[Pair, Totals]:
        """Return a project's counters, some seconds old at most; while the store is away, the last ones."""
        with self._lock:
            counted = self._counted.setdefault(project, _Counted())
        with counted.lock:
            if time.monotonic() - counted.read_at >= _READ_EVERY_S:
                counted.read_at = time.monotonic()
                self._read(project, counted)
            return {pair: total for pair, total in counted.counters.items() if total.requests}

    def _read(self, project: str, counted: _Counted) -> None:
        shown = counted.labelled
        room = max(0, MOST_EVER - len(shown))
        try:
            now, rest = totals(self._engine, Scope(project), most=min(MOST, room), shown=shown)
        except StorageError as error:
            log.warning("what %s spent cannot be read for its counters: %s", project, error)
            return
        counted.move(now, rest)
