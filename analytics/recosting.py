"""Run a job of re-costing: portion by portion, telling how far it is, until everybody reads the new figures at once.

A job that another worker began and did not end is done from its start, as a costing of its own; unless that one had
published its figures: then what follows is done to the end.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from analytics.availability import StoreAway, availability
from analytics.price_keeping import PriceKeeping
from storage.client import Engine
from storage.control import jobs
from storage.control.database import ControlDatabase
from storage.control.job_models import Job
from storage.costs import costing as costings
from storage.costs.costing import UNITS, Costing, PastCosting

log = logging.getLogger(__name__)

_OF_JOB: Final = 1_000_000
"""Ids of a job's costings begin at its own id times this."""
_AGAIN_S: Final = 5.0
"""After which time something is tried again that a store that is away did not take."""


T = TypeVar("T")


class _Stopped(Exception):  # noqa: N818 - says what is the case
    """The job was cancelled, or the process ends."""


class Run:
    """A job in the hands of this worker. `stopping` is set where the process ends."""

    def __init__(
        self,
        engine: Engine,
        database: ControlDatabase,
        job: Job,
        worker: str,
        stopping: threading.Event,
    ) -> None:
        self._engine = engine
        self._database = database
        self._job = job
        self._worker = worker
        self._stopping = stopping
        self._done = 0
        self._total: int | None = None
        self._is_cancelled = False
        self._is_published = False

    def run(self) -> None:
        """Do the job to its end, be it done, cancelled, given back or failed. Raises JobLost."""
        try:
            self._end(self._published() or self._cost())
        except _Stopped:
            self._leave()
        except jobs.JobLost:
            raise
        except Exception as error:
            log.exception("re-costing %d of project %s failed", self._job.id, self._job.project)
            self._give_up()
            reason = f"it ended with {type(error).__name__}; the server's log says more"
            self._write(jobs.fail, reason)

    def _leave(self) -> None:
        """Let go of the job before its end. Once its figures are published another worker has to bring it there."""
        if not self._is_published:
            self._give_up()
            self._write(jobs.stop if self._is_cancelled else jobs.give_back)

    # ------------------------------------------------------------------------------------ the steps

    def _cost(self) -> Costing:
        """Work the new figures out and publish them."""
        costing = self._costing(self._new_id())
        self._patiently(self._give_up)
        self._patiently(partial(self._prepare, costing))
        portions = self._patiently(partial(costings.portions, self._engine, costing))
        self._total = sum(portion.size for portion in portions)
        self._patiently(partial(costings.begin, self._engine, costing))
        for portion in portions:
            self._patiently(partial(costings.cost, self._engine, costing, portion))
            self._done += portion.size
        self._patiently(partial(self._publish, costing))
        return costing

    def _prepare(self, costing: Costing) -> None:
        """Have the price rows say what holds now, for everything that is about to be priced."""
        project = self._job.project
        prices = PriceKeeping(self._engine, self._database)
        if prices.outdated([project]):
            while not prices.refresh(project):
                self._beat()
        if costing.source == "spans":
            prices.price(project, costings.unresolved_in_spans(self._engine, costing))

    def _publish(self, costing: Costing) -> None:
        report = costings.report(self._engine, costing)
        with self._database.session() as session:
            # Whoever has the session has the job: in this very moment it is this worker's.
            jobs.note_report(session, self._job.id, self._worker, report)
            costings.publish(self._engine, costing)
        self._job.report = report

    def _end(self, costing: Costing) -> None:
        """Bring along what follows published figures, and say what came of the job."""
        self._is_published = True
        if self._job.report is None:
            self._job.report = self._patiently(partial(costings.report, self._engine, costing))
        for portion in self._patiently(partial(costings.portions, self._engine, costing)):
            self._patiently(partial(costings.follow, self._engine, costing, portion))
        self._patiently(partial(self._write, jobs.finish, self._job.report))

    # ----------------------------------------------------------------------------- costings of the job

    def _costing(self, costing_id: int) -> Costing:
        told = self._job.arguments
        start, end = (datetime.fromisoformat(told[name]) for name in ("start", "end"))
        return Costing(self._job.project, costing_id, start, end, told["from"])

    def _earlier(self) -> list[PastCosting]:
        """Return the costings of this job so far."""
        past = self._patiently(partial(costings.past, self._engine, self._job.project))
        return [one for one in past if one.id // _OF_JOB == self._job.id]

    def _new_id(self) -> int:
        return max((one.id for one in self._earlier()), default=self._job.id * _OF_JOB) + 1

    def _published(self) -> Costing | None:
        """Return the costing of this job that an earlier worker published without coming to the end."""
        published = [
            one.id
            for one in self._earlier()
            # The control database may have been begun anew, and ids with it.
            if one.state == "published" and one.at >= self._job.created_at
        ]
        return self._costing(published[-1]) if published else None

    def _give_up(self) -> None:
        """Let nobody roll up any more for costings of this project that did not come to their end."""
        for one in costings.past(self._engine, self._job.project):
            if one.state == "running":
                costings.abandon(self._engine, self._job.project, one.id)

    # ----------------------------------------------------------------------------------------- the job

    def _patiently(self, work: Callable[[], T]) -> T:
        """Do something that may be done again, as often as it takes while a store is away. Raises _Stopped, JobLost."""
        while not self._stopping.is_set():
            try:
                with availability():
                    self._beat()
                    return work()
            except StoreAway as error:
                log.warning("re-costing %d waits, a store does not answer: %s", self._job.id, error)
                self._stopping.wait(_AGAIN_S)
        raise _Stopped

    def _beat(self) -> None:
        """Say how far the job is. Raises _Stopped where it is to be cancelled, JobLost where another one has it."""
        unit = UNITS[self._job.arguments["from"]]
        with self._database.session() as session:
            goes_on = jobs.beat(
                session, self._job.id, self._worker, done=self._done, total=self._total, unit=unit
            )
        if not goes_on and not self._is_published:
            self._is_cancelled = True
            raise _Stopped

    def _write(self, say: Callable[..., None], *told: object) -> None:
        with self._database.session() as session:
            say(session, self._job.id, self._worker, *told)
