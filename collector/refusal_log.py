"""Tell the operator what is refused, without a line a request."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from collector.signals import Signal

logger = logging.getLogger(__name__)

# At most one line a minute for each signal and kind of refusal, a dozen in all.
_INTERVAL_S = 60.0


@dataclass(slots=True)
class _Tally:
    """How much was refused since the last line."""

    count: int = 0
    next_line: float = 0.0


class RefusalLog:
    """Counts refusals by signal and kind, and logs the first at once and the rest by the minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tallies: dict[tuple[Signal, str], _Tally] = {}

    def note(self, signal: Signal, kind: str, message: str, count: int = 1) -> None:
        """Count `count` refusals of one kind; `message` explains the latest of them.

        Neither may hold anything of the payload. `kind` comes from a small fixed set.
        """
        now = self._clock()
        with self._lock:
            tally = self._tallies.setdefault((signal, kind), _Tally())
            tally.count += count
            if now < tally.next_line:
                return
            count, tally.count = tally.count, 0
            tally.next_line = now + _INTERVAL_S
        logger.warning("%s: %d refused (%s), the latest: %s", signal, count, kind, message)
