"""The worker: keeps costs and evaluations up to date and runs jobs, in `groundwire serve` and `groundwire worker`."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from analytics.availability import StoreAway, availability
from analytics.cost_rules import queue_jobs_of_new_rules
from analytics.cost_work import CostWork
from analytics.evaluation_runs.runner import EvaluationWork
from analytics.evaluators.contract import Evaluator
from analytics.evaluators.found import evaluators as found_evaluators
from analytics.keeping import LONGEST_S, Keeping
from analytics.recosting import Run
from storage.client import Engine
from storage.control import jobs
from storage.control.database import ControlDatabase, ControlUnavailable
from storage.control.job_models import JobKind

log = logging.getLogger(__name__)

_IDLE_S: Final = 1.0
"""Between two looks while there is nothing to do."""
_BUSY_S: Final = 0.5
"""The least pause while there is something to do."""
_SHARE: Final = 9
"""A pause is so many times as long as the work before it: receiving and reading come first."""
_JOBS_S: Final = 2.0
"""How long a job waits that another process has put in the queue."""
_RARELY_S: Final = 30.0
"""How often one process looks for jobs that nobody has told it of."""
_EVALUATING: Final = timedelta(minutes=5)
"""How long another worker leaves evaluations to one that says nothing: a judge may take minutes to answer."""

_KINDS: Final[tuple[JobKind, ...]] = ("recost",)
"""Jobs that the second thread runs. Backfills of evaluators are between what these do anyway."""


class Worker:
    """Three threads: costs are up to date about a second after calls came, evaluations some seconds later; and jobs."""

    def __init__(
        self,
        engine: Engine,
        database: ControlDatabase,
        evaluators: Callable[[], Mapping[str, Evaluator]] = found_evaluators,
    ) -> None:
        self._engine = engine
        self._database = database
        self._name = f"{socket.gethostname()[:60]} {os.getpid()} {secrets.token_hex(4)}"
        self._stopping = threading.Event()
        self._asked = threading.Event()
        self._work = CostWork(engine, database)
        self._costs = Keeping(engine, database, "costs", holder=self._name, stopping=self._stopping)
        self._evaluating = EvaluationWork(
            engine, database, evaluators, worker=self._name, stopping=self._stopping
        )
        self._evaluations = Keeping(
            engine, database, "evaluations", holder=self._name, stopping=self._stopping, lasting=_EVALUATING
        )  # fmt: skip
        targets = (
            ("costs", self._keep_costs),
            ("evaluations", self._keep_evaluations),
            ("jobs", self._run_jobs),
        )
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True) for name, target in targets
        ]
        database.subscribe(self._hear)

    def start(self) -> None:
        """Begin."""
        if self._engine.embedded:
            self._take_over()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the statement, or the request to an evaluator, that is in hand; a job goes back to the queue."""
        self._stopping.set()
        self._asked.set()
        self._costs.wake()
        self._evaluations.wake()
        for thread in self._threads:
            thread.join()

    def _take_over(self) -> None:
        """Go on at once with what another process was killed over: while we have the store's directory, it is dead."""
        try:
            with self._database.session() as session:
                jobs.orphan_all(session)
        except ControlUnavailable:
            log.warning("jobs that another process began wait until it has been silent for long")

    @property
    def is_running(self) -> bool:
        """Whether the work goes on."""
        return all(thread.is_alive() for thread in self._threads)

    @property
    def away_since(self) -> float | None:
        """When a store was first away, by time.time(); None while both answer."""
        return self._costs.away_since

    # ------------------------------------------------------------------------------------------ costs

    def _keep_costs(self) -> None:
        self._costs.repeat(self._begin)
        self._costs.repeat(self._bring_costs_up)
        self._costs.free()

    def _begin(self) -> None:
        """Before anything is done by the rules of now, see to what was stored under others."""
        queue_jobs_of_new_rules(self._engine, self._database)

    def _bring_costs_up(self) -> float:
        """Do what is due, if it is this worker's turn; return how long to pause."""
        if not self._costs.is_mine():
            return LONGEST_S
        started = time.monotonic()
        due = self._work.due()
        self._work.do(due)
        took = time.monotonic() - started
        if not due:
            self._costs.await_news()
        return min(max(took * _SHARE, _BUSY_S if due else _IDLE_S), LONGEST_S)

    # ------------------------------------------------------------------------------------ evaluations

    def _keep_evaluations(self) -> None:
        self._evaluations.repeat(self._evaluate)
        try:
            self._evaluating.stop()
        except StoreAway as error:
            log.warning("a backfill will wait for this worker to be forgotten: %s", error)
        self._evaluations.free()

    def _evaluate(self) -> float:
        """Judge some of what is due, if it is this worker's turn; return how long to pause."""
        if not self._evaluations.is_mine():
            return LONGEST_S
        did_any, pause_s = self._evaluating.turn()
        if not did_any:
            self._evaluations.await_news()
        return pause_s

    # ------------------------------------------------------------------------------------------- jobs

    def _hear(self, touched: frozenset[str]) -> None:
        if any(name.startswith("jobs:") for name in touched):
            self._asked.set()

    def _run_jobs(self) -> None:
        while not self._stopping.is_set():
            self._asked.clear()
            pause = _JOBS_S
            try:
                with availability():
                    if self._run_next():
                        continue
                if self._engine.embedded:
                    pause = _RARELY_S
            except StoreAway:
                # The other threads find it so as well, and tell.
                pass
            except jobs.JobLost as lost:
                log.warning("%s", lost)
            except Exception:
                log.exception("a job was left alone")
            self._asked.wait(pause)

    def _run_next(self) -> bool:
        """Run the next job to its end; tell whether there was one."""
        with self._database.session() as session:
            job = jobs.claim(session, self._name, kinds=_KINDS)
        if job is None:
            return False
        Run(self._engine, self._database, job, self._name, self._stopping).run()
        self._engine.tell_stored()
        return True
