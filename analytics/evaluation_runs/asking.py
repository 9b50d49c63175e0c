"""Ask an evaluator for verdicts: only for what it has not said before, a few samples at a time, within its cap."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from analytics.evaluation_runs.plans import Plan
from analytics.evaluation_runs.verdicts import checked_verdict
from analytics.evaluators.contract import EvaluationFailed, Sample, Verdict
from storage.client import Engine
from storage.evaluators.verdicts import StoredVerdict, find_verdicts, store_verdicts
from storage.evaluators.work import done_since
from storage.scope import Scope

log = logging.getLogger(__name__)

PORTION_S: Final = 5.0
"""How long one evaluator is asked before others have their turn."""
_MOST: Final = 64
"""Samples that are asked for at once."""
_MOST_PAID: Final = 8
"""The same of an evaluator with a cap, which may be overdrawn by so many."""
_SHORT_S: Final = 0.5
_LONG_S: Final = 2.0
"""A request that takes less has the next one twice as long, one that takes more half as long."""
_STORE_EVERY_S: Final = 1.0
"""What is lost of verdicts where the process dies."""
_PROBES: Final = 3
"""Samples that are asked for one by one after some failed together. Where all fail, the evaluator is away."""
_GIVE_UP: Final = 3
"""How often a sample may fail alone before it is passed over."""
_MOST_FAILURES: Final = 10_000


@dataclass(slots=True)
class Answer:
    """What an evaluator says of samples, by key."""

    verdicts: dict[int, StoredVerdict] = field(default_factory=dict)
    passed_over: set[int] = field(default_factory=set)
    """Those that it cannot judge, though it judges others."""
    failure: EvaluationFailed | None = None
    """It cannot judge anything now."""
    is_capped: bool = False
    """What it may cost today is spent."""

    def knows(self, key: int) -> bool:
        """Tell whether there is nothing more to be asked of a sample."""
        return key in self.verdicts or key in self.passed_over


class Asking:
    """Asks evaluators. `share`: a pause is so many times as long as the work before it."""

    def __init__(self, engine: Engine, stopping: threading.Event, share: float) -> None:
        self._engine = engine
        self._stopping = stopping
        self._share = share
        self._sizes: dict[str, int] = {}
        self._failures: Counter[tuple[str, str, str, int]] = Counter()
        self.spent_s = 0.0
        """How long evaluators have been asked so far, pauses included."""

    def ask(self, plan: Plan, samples: Mapping[int, Sample]) -> Answer:
        """Return what an evaluator says of samples, as many as there is time for; every verdict is stored."""
        scope, wanted = Scope(plan.project), plan.wanted
        known = find_verdicts(self._engine, scope, wanted.evaluator, wanted.version, list(samples))
        answer = Answer(known)
        todo = [key for key in samples if key not in known]
        if todo:
            self._ask_all(plan, samples, todo, answer)
        return answer

    def _ask_all(
        self, plan: Plan, samples: Mapping[int, Sample], todo: Sequence[int], answer: Answer
    ) -> None:
        started = time.monotonic()
        purse = _Purse(self._engine, plan)
        store = _Store(self._engine, plan)
        place = 0
        # Those that failed by themselves since it last judged one.
        failed: dict[int, EvaluationFailed] = {}
        try:
            while place < len(todo) and len(failed) < _PROBES and not self._stopping.is_set():
                if time.monotonic() - started > PORTION_S:
                    break
                if purse.is_empty():
                    answer.is_capped = True
                    break
                keys = todo[place : place + self._size(plan)]
                place += len(keys)
                verdicts = self._ask_some(plan, [(key, samples[key]) for key in keys], failed)
                purse.pay(verdicts)
                store.add(verdicts)
                answer.verdicts |= {verdict.key: verdict for verdict in verdicts}
                if verdicts:
                    self._pass_over(plan, failed, answer)
                    failed = {}
        finally:
            store.flush()
        if failed:
            self._fail(plan, failed, answer)

    def _ask_some(
        self,
        plan: Plan,
        asked: Sequence[tuple[int, Sample]],
        failed: dict[int, EvaluationFailed],
    ) -> list[StoredVerdict]:
        """Return verdicts on a few samples; those that cannot be judged are added to `failed`."""
        started = time.monotonic()
        try:
            verdicts = _evaluated(plan, asked)
        except EvaluationFailed as failure:
            verdicts = self._one_by_one(plan, asked, failure, failed)
        took = time.monotonic() - started
        self._fit_size(plan, took)
        self._stopping.wait(took * self._share)
        self.spent_s += time.monotonic() - started
        return verdicts

    def _size(self, plan: Plan) -> int:
        size = self._sizes.get(plan.name, 1)
        return size if plan.daily_cap_usd is None else min(size, _MOST_PAID)

    def _fit_size(self, plan: Plan, took: float) -> None:
        size = self._sizes.get(plan.name, 1)
        if took < _SHORT_S:
            size = min(size * 2, _MOST)
        elif took > _LONG_S:
            size = max(size // 2, 1)
        self._sizes[plan.name] = size

    def _one_by_one(
        self,
        plan: Plan,
        asked: Sequence[tuple[int, Sample]],
        failure: EvaluationFailed,
        failed: dict[int, EvaluationFailed],
    ) -> list[StoredVerdict]:
        """Find out whether one sample is too much for an evaluator, or it cannot judge anything now."""
        if len(asked) == 1:
            failed[asked[0][0]] = failure
            return []
        verdicts: list[StoredVerdict] = []
        for key, sample in asked:
            if self._stopping.is_set() or (len(failed) >= _PROBES and not verdicts):
                break
            try:
                verdicts += _evaluated(plan, [(key, sample)])
            except EvaluationFailed as alone:
                failed[key] = alone
        return verdicts

    def _fail(self, plan: Plan, failed: Mapping[int, EvaluationFailed], answer: Answer) -> None:
        """Say that an evaluator judges nothing now; what has failed too often is passed over all the same."""
        if len(self._failures) > _MOST_FAILURES:
            self._failures.clear()
        places = {key: (*plan.pair, plan.wanted.version, key) for key in failed}
        self._failures.update(places.values())
        given_up = {key for key, place in places.items() if self._failures[place] >= _GIVE_UP}
        self._pass_over(plan, {key: failed[key] for key in given_up}, answer)
        if given_up != failed.keys():
            answer.failure = list(failed.values())[-1]

    def _pass_over(
        self, plan: Plan, failed: Mapping[int, EvaluationFailed], answer: Answer
    ) -> None:
        """Leave samples unjudged for good."""
        answer.passed_over |= failed.keys()
        for why in sorted({str(failure) for failure in failed.values()}):
            log.warning("%s passes samples over in project %s: %s", plan.name, plan.project, why)


def _evaluated(plan: Plan, asked: Sequence[tuple[int, Sample]]) -> list[StoredVerdict]:
    """Return an evaluator's verdicts. Raises EvaluationFailed, whatever went wrong."""
    try:
        said: Sequence[Verdict] = plan.evaluator.evaluate([sample for _, sample in asked])
    except EvaluationFailed:
        raise
    except Exception as error:
        # Its text may quote a sample.
        raise EvaluationFailed(f"{plan.name} raised {type(error).__name__}") from error
    if len(said) != len(asked):
        raise EvaluationFailed(f"{plan.name} gave {len(said)} verdicts on {len(asked)} samples")
    return [
        checked_verdict(plan.name, key, verdict, sample)
        for (key, sample), verdict in zip(asked, said, strict=True)
    ]


class _Purse:
    """What an evaluator may still cost today, in UTC."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self._left = plan.daily_cap_usd
        if self._left is not None:
            midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            done = done_since(engine, Scope(plan.project), midnight).get(plan.name)
            self._left -= done.cost_usd if done else 0.0

    def is_empty(self) -> bool:
        return self._left is not None and self._left <= 0

    def pay(self, verdicts: Sequence[StoredVerdict]) -> None:
        if self._left is not None:
            self._left -= sum(verdict.cost_usd for verdict in verdicts)


class _Store:
    """Stores verdicts, some at a time: an insert costs more than many an evaluator."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self._engine = engine
        self._plan = plan
        self._waiting: list[StoredVerdict] = []
        self._stored_at = time.monotonic()

    def add(self, verdicts: Sequence[StoredVerdict]) -> None:
        self._waiting += verdicts
        if time.monotonic() - self._stored_at > _STORE_EVERY_S:
            self.flush()

    def flush(self) -> None:
        wanted = self._plan.wanted
        store_verdicts(
            self._engine, Scope(self._plan.project), wanted.evaluator, wanted.version, self._waiting
        )
        self._waiting = []
        self._stored_at = time.monotonic()
