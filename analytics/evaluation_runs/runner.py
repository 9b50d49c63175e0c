"""Keep stored traces evaluated: the newest hours first, a portion of each project at a time, and backfills between."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import groupby, takewhile
from operator import attrgetter
from typing import Final

from analytics.availability import StoreAway, availability
from analytics.evaluation_runs.asking import Asking
from analytics.evaluation_runs.backfill import Backfills
from analytics.evaluation_runs.holds import Holds
from analytics.evaluation_runs.plans import QUIET_S, Plan, Plans
from analytics.evaluation_runs.portions import Outcome, Portions, together
from analytics.evaluators.contract import Evaluator
from storage.client import Engine
from storage.control.database import ControlDatabase
from storage.evaluators.work import DueHour, due_hours, note_hours

log = logging.getLogger(__name__)

_STEP_S: Final = 10.0
"""How long projects are gone through before a backfill has its turn."""
_HOURS: Final = 50
"""Of a project, those that are looked at until there is something to judge in one."""
_HELD_S: Final = 30.0
"""How long a project is left alone after an error that is not an evaluator's."""
_SHARE_EMBEDDED: Final = 2.0
"""In one process with receiving, judging takes a third of a core at most; the engine works on several, so that a pause
after its part is twice as long."""
_BUSY_S: Final = 0.5
_IDLE_S: Final = 1.0
"""The least pause, while there is something to do and while there is nothing."""
_LONGEST_S: Final = 15.0


class EvaluationWork:
    """What one worker does for evaluators; `evaluators` gives them by name. From one thread at a time.

    `worker` names the process, `quiet_s` is how long a trace has to have been left alone, `share` how
    many times as long as the work before it a pause is. Ends soon after `stopping`.
    """

    def __init__(
        self,
        engine: Engine,
        database: ControlDatabase,
        evaluators: Callable[[], Mapping[str, Evaluator]],
        *,
        worker: str,
        stopping: threading.Event,
        quiet_s: float = QUIET_S,
        share: float | None = None,
    ) -> None:
        self._engine = engine
        self._stopping = stopping
        self._plans = Plans(engine, database, evaluators, quiet_s)
        self._holds = Holds(database)
        usual = _SHARE_EMBEDDED if engine.embedded else 0.0
        self._share = usual if share is None else share
        self._asking = Asking(engine, stopping, self._share)
        self._portions = Portions(engine, self._asking)
        self._backfills = Backfills(
            engine, database, self._portions, self._holds, worker=worker, stopping=stopping
        )
        self._held: dict[str, float] = {}
        self._last = ""
        """The project that had the last turn."""
        database.subscribe(self._hear)

    def turn(self) -> tuple[bool, float]:
        """Do a portion of what is due; tell whether there was any, and for how many seconds to pause before the next.

        Raises StoreAway.
        """
        started, asked_s = time.monotonic(), self._asking.spent_s
        did_any = self.step()
        took = time.monotonic() - started - (self._asking.spent_s - asked_s)
        least = _BUSY_S if did_any else _IDLE_S
        return did_any, min(max(took * 2 * self._share, least), _LONGEST_S)

    def step(self) -> bool:
        """Do a portion of what is due; tell whether there was anything. Raises StoreAway."""
        with availability():
            plans = self._plans.current()
        did_any = self._go_round(plans)
        return self._backfills.step(plans) or did_any

    def stop(self) -> None:
        """Give back what is in hand. Raises StoreAway."""
        with availability():
            self._backfills.give_back()

    def _hear(self, touched: frozenset[str]) -> None:
        for name in touched:
            if name.startswith("evaluators:"):
                self._holds.release(name.removeprefix("evaluators:"))

    # --------------------------------------------------------------------------------- live traces

    def _go_round(self, plans: Mapping[tuple[str, str], Plan]) -> bool:
        with availability():
            due = due_hours(self._engine, [pair for pair, plan in plans.items() if plan.enabled])
        of_project = attrgetter("project")
        turns = {
            project: list(hours)
            for project, hours in groupby(sorted(due, key=of_project), of_project)
        }
        started, did_any = time.monotonic(), False
        for project in self._in_turn(turns):
            if self._stopping.is_set() or time.monotonic() - started > _STEP_S:
                break
            self._last = project
            with self._holding_back(project), availability():
                did_any |= self._deal(project, turns[project], plans)
        return did_any

    def _in_turn(self, turns: Mapping[str, object]) -> list[str]:
        """Return projects, beginning after the one that had the last turn."""
        at = time.monotonic()
        ready = sorted(project for project in turns if self._held.get(project, 0.0) <= at)
        return [p for p in ready if p > self._last] + [p for p in ready if p <= self._last]

    def _deal(
        self, project: str, due: Sequence[DueHour], plans: Mapping[tuple[str, str], Plan]
    ) -> bool:
        """Deal with the newest hours of a project in which there is anything; note those that are done."""
        # Those that are left alone keep nobody from older hours.
        ready = self._not_held(due)
        left = sorted({one.hour for one in ready}, reverse=True)[:_HOURS]
        while left:
            if self._stopping.is_set():
                return True
            hours = together(_alike(left, due))
            left = left[len(hours) :]
            names = {one.evaluator for one in due if one.hour == hours[0]}
            # One may have failed in the hours before.
            now = self._not_held([one for one in ready if one.hour in hours])
            judging = sorted({one.evaluator for one in now})
            wanted = [_after_others(plans[project, name], names) for name in judging]
            outcomes = self._portions.deal(project, hours, wanted)
            self._note(project, outcomes)
            note_hours(self._engine, [o for o in now if o.hour in outcomes[o.evaluator].complete])
            if any(outcome.dealt for outcome in outcomes.values()):
                return True
        return False

    def _not_held(self, due: Sequence[DueHour]) -> list[DueHour]:
        return [one for one in due if not self._holds.has((one.project, one.evaluator))]

    def _note(self, project: str, outcomes: Mapping[str, Outcome]) -> None:
        for name, outcome in outcomes.items():
            pair = (project, name)
            if outcome.answer.failure is not None:
                self._holds.note_error(pair, str(outcome.answer.failure))
            elif outcome.answer.is_capped:
                self._holds.note_capped(pair)
            elif outcome.dealt:
                self._holds.note_well(pair)

    @contextmanager
    def _holding_back(self, project: str) -> Iterator[None]:
        """Log an error of one project and leave it alone for a while, so that the others go on."""
        try:
            yield
        except StoreAway:
            raise
        except Exception:
            self._held[project] = time.monotonic() + _HELD_S
            log.exception("traces of project %s are not evaluated", project)


def _alike(hours: Sequence[datetime], due: Sequence[DueHour]) -> list[tuple[datetime, int]]:
    """Return the first of some hours that the same evaluators have to deal with, and the changes in each."""
    names: dict[datetime, set[str]] = defaultdict(set)
    changes: dict[datetime, int] = {}
    for one in due:
        names[one.hour].add(one.evaluator)
        changes[one.hour] = one.changes
    alike = takewhile(lambda hour: names[hour] == names[hours[0]], hours)
    return [(hour, changes[hour]) for hour in alike]


def _after_others(plan: Plan, due: set[str]) -> Plan:
    """Return a plan by which traces wait for the evaluator whose uncertain scores count, where that has work to do."""
    uncertain = plan.wanted.sampling.uncertain
    others_done = uncertain is None or uncertain.of not in due
    return replace(plan, wanted=replace(plan.wanted, others_done=others_done))
