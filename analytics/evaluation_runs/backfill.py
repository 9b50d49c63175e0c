"""Backfills: have an evaluator deal with traces of a range of time that it has not judged, or not by this version.

A job in the queue of the control database; one that another worker began goes on where that one stopped, because what
it did is found to be done.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from analytics.availability import availability
from analytics.evaluation_runs.holds import Holds
from analytics.evaluation_runs.plans import Plan
from analytics.evaluation_runs.portions import Outcome, Portions, together
from storage.client import Engine
from storage.control import jobs
from storage.control.database import ControlDatabase
from storage.control.job_models import Job, JobKind
from storage.evaluators.work import hours_with_traces
from storage.scope import Scope

log = logging.getLogger(__name__)

KIND: Final[JobKind] = "evaluate"
UNIT: Final = "traces"

_LOOK_S: Final = 2.0
"""How long a job waits that another process has put in the queue."""
_MOST_ERRORS: Final = 5
"""Errors in a row after which a backfill fails. In between its evaluator is left alone."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Backfill:
    """A job in hand: hours that are left, the newest last, and what has been done."""

    job: Job
    name: str
    hours: list[tuple[datetime, int]]
    total: int
    done: int = 0
    """Traces of hours that are over."""
    report: dict[str, Any] = field(default_factory=lambda: {"traces": 0, "evaluations": 0})


class Backfills:
    """Runs one backfill at a time, a portion a step."""

    def __init__(
        self,
        engine: Engine,
        database: ControlDatabase,
        portions: Portions,
        holds: Holds,
        *,
        worker: str,
        stopping: threading.Event,
    ) -> None:
        self._engine = engine
        self._database = database
        self._portions = portions
        self._holds = holds
        self._worker = worker
        self._stopping = stopping
        self._current: _Backfill | None = None
        self._looked_at = float("-inf")

    def step(self, plans: Mapping[tuple[str, str], Plan]) -> bool:
        """Do a portion of a backfill; tell whether anything was done. Raises StoreAway."""
        with availability():
            current = self._current or self._claim()
            if current is None or self._stopping.is_set():
                return False
            try:
                return self._go_on(current, plans)
            except jobs.JobLost as lost:
                log.warning("%s", lost)
                self._current = None
                return False

    def give_back(self) -> None:
        """Let another worker go on with what is in hand. Raises the control database's errors."""
        current, self._current = self._current, None
        if current is None:
            return
        try:
            with self._database.session() as session:
                jobs.give_back(session, current.job.id, self._worker)
        except jobs.JobLost as lost:
            log.warning("%s", lost)

    def _claim(self) -> _Backfill | None:
        if time.monotonic() - self._looked_at < _LOOK_S:
            return None
        self._looked_at = time.monotonic()
        with self._database.session() as session:
            job = jobs.claim(session, self._worker, kinds=(KIND,))
        if job is None:
            return None
        start, end = (datetime.fromisoformat(job.arguments[name]) for name in ("start", "end"))
        hours = hours_with_traces(self._engine, Scope(job.project), start, end)
        total = sum(traces for _, traces in hours)
        self._current = _Backfill(job, job.arguments["evaluator"], hours[::-1], total)
        return self._current

    def _go_on(self, current: _Backfill, plans: Mapping[tuple[str, str], Plan]) -> bool:
        if not self._beat(current):
            self._end(jobs.stop)
            return True
        plan = plans.get((current.job.project, current.name))
        if plan is None:
            self._end(jobs.fail, f"there is no evaluator {current.name} in this worker")
            return True
        if not current.hours:
            self._end(jobs.finish, current.report)
            return True
        if self._holds.has(plan.pair):
            return False
        self._deal(current, plan)
        return True

    def _deal(self, current: _Backfill, plan: Plan) -> None:
        hours = together(reversed(current.hours))
        wanted = replace(plan.wanted, since=_EPOCH, anew=True, others_done=True, quiet_s=0.0)
        plan = replace(plan, wanted=wanted)
        outcome = self._portions.deal(plan.project, hours, [plan])[plan.name]
        current.report["traces"] += outcome.dealt
        current.report["evaluations"] += outcome.written
        if self._stands_still(plan, outcome):
            return
        over = outcome.complete if outcome.dealt else hours
        current.done += sum(traces for hour, traces in current.hours if hour in over)
        current.hours = [one for one in current.hours if one[0] not in over]

    def _stands_still(self, plan: Plan, outcome: Outcome) -> bool:
        """Tell whether the evaluator cannot go on now; end the job where it could not for long."""
        failure = outcome.answer.failure
        if failure is not None:
            self._holds.note_error(plan.pair, str(failure))
            if self._holds.errors(plan.pair) >= _MOST_ERRORS:
                self._end(jobs.fail, str(failure))
            return True
        if outcome.answer.is_capped:
            self._holds.note_capped(plan.pair)
            return True
        if outcome.dealt:
            self._holds.note_well(plan.pair)
        return self._stopping.is_set()

    def _beat(self, current: _Backfill) -> bool:
        """Say how far the job is; tell whether it is to go on. Raises JobLost."""
        with self._database.session() as session:
            return jobs.beat(
                session,
                current.job.id,
                self._worker,
                done=current.done,
                total=current.total,
                unit=UNIT,
            )

    def _end(self, say: Any, *told: object) -> None:
        current, self._current = self._current, None
        if current is not None:
            with self._database.session() as session:
                say(session, current.job.id, self._worker, *told)
