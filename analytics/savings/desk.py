"""Savings on demand: worked out beside the requests that ask, one at a time, and kept for a while.

A report takes seconds, longer than a request should wait. Whoever asks first starts it; who asks again meanwhile sees
how far it is. Reports are kept in this process alone: another one works them out for itself.
"""

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from analytics.savings.report import Report, report
from storage.client import Engine
from storage.errors import BadInput
from storage.scope import Scope
from storage.window import Slice

KEPT_S: Final = 600
"""How long a report is told again before it is worked out anew."""
_FAILED_S: Final = 5
"""How long a failure is told again: those who ask for one report together are told alike."""
_MOST_KEPT: Final = 50
MOST_WAITING: Final = 3
"""Reports of one project that are not there yet: they are worked out in turn, and other projects wait as well."""
STEP_NS: Final = 300 * 10**9
"""Ends of windows are rounded down to this, so that `now` means the same for a few minutes."""


@dataclass(slots=True)
class Work:
    """A report that is being worked out, or is there."""

    part: Slice
    kept: str
    outcome: Future[Report]
    step: str = "Waiting for other reports"
    done: float = 0.0
    """0 to 1."""
    since: float = field(default_factory=time.monotonic)

    def within(self, seconds: float) -> Report | None:
        """Return the report, waiting at most so long; None while it is being worked on. Raises what made it fail."""
        try:
            return self.outcome.result(timeout=seconds)
        except TimeoutError:
            if self.outcome.done():
                # a question to the store that took too long is an error of its own
                raise
            return None

    def tell(self, step: str, done: float) -> None:
        """Take note of how far it is."""
        self.step, self.done = step, done


class Desk:
    """Works out the reports of one store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, int, int, str], Work] = OrderedDict()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="savings")

    def ask(self, scope: Scope, part: Slice, kept: str) -> Work:
        """Return the report of a part of time: the one that is known, or one that has just been begun.

        Raises BadInput where too many of the project are being worked out.
        """
        rounded = Slice(part.start_ns // STEP_NS * STEP_NS, part.end_ns // STEP_NS * STEP_NS)
        key = (scope.project, rounded.start_ns, rounded.end_ns, kept)
        with self._lock:
            known = self._known.get(key)
            if known is not None and not _is_stale(known):
                return known
            self._check_turn(scope.project)
            work = Work(rounded, kept, Future())
            self._known[key] = work
            self._known.move_to_end(key)
            self._forget()
        self._worker.submit(self._work, work, scope)
        return work

    def _check_turn(self, project: str) -> None:
        waiting = [k for k, w in self._known.items() if k[0] == project and not w.outcome.done()]
        if len(waiting) >= MOST_WAITING:
            raise BadInput(
                f"{len(waiting)} reports of this project are being worked out",
                hint="wait for one of them to be done",
            )

    def _forget(self) -> None:
        """Let the oldest reports go that are there; those in work are asked for again."""
        done = [key for key, work in self._known.items() if work.outcome.done()]
        for key in done[: max(len(self._known) - _MOST_KEPT, 0)]:
            del self._known[key]

    def _work(self, work: Work, scope: Scope) -> None:
        try:
            work.outcome.set_result(
                report(self._engine, scope, work.part, kept=work.kept, progress=work.tell)
            )
        except BaseException as error:  # noqa: BLE001 - it is raised where the outcome is asked for
            work.outcome.set_exception(error)

    def close(self) -> None:
        """Begin no further report; wait for the one in work."""
        self._worker.shutdown(cancel_futures=True)


def _is_stale(work: Work) -> bool:
    """Return whether to begin anew: a failure is not kept, and a report only for a while."""
    if not work.outcome.done():
        return False
    has_failed = work.outcome.exception() is not None
    return time.monotonic() - work.since > (_FAILED_S if has_failed else KEPT_S)
