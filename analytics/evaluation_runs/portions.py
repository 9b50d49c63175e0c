"""Deal with traces of some hours: read what they say once, have each evaluator judge it, write evaluations down.

In this order: verdicts, evaluations, that the traces have been dealt with. Whoever dies in between has left nothing
that is not found again, and what is done a second time finds its verdicts, and its evaluations, there already.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from analytics.evaluation_runs.asking import Answer, Asking
from analytics.evaluation_runs.plans import Plan
from analytics.evaluation_runs.samples import KeyedSample, key_of_trace, samples_of
from analytics.evaluation_runs.verdicts import deciding
from storage.client import Engine
from storage.evaluators.texts import TraceTexts, texts_of_traces
from storage.evaluators.work import Candidate, Dealt, candidates, note_traces
from storage.evaluators.writing import By, EvaluatorEvaluation, write_evaluations
from storage.scope import Scope

LEAST: Final = 50
MOST: Final = 1000
"""Traces that are dealt with at once: fewer while evaluators do not come through, as texts are read in vain then."""

LITTLE: Final = 200
"""Changes, or traces, up to which hours are dealt with together."""


@dataclass(slots=True)
class Outcome:
    """What came of a portion for one evaluator."""

    answer: Answer = field(default_factory=Answer)
    tried: int = 0
    """Traces."""
    dealt: int = 0
    """Those of them that there is nothing left to do about."""
    written: int = 0
    """Evaluations that are new."""
    complete: frozenset[datetime] = frozenset()
    """Hours of which nothing is left, as they were when the portion began."""


def together(hours: Iterable[tuple[datetime, int]]) -> list[datetime]:
    """Return the first of some hours, each with its changes or traces, that one portion may deal with; at least one.

    Where little was sent, reading an hour takes longer than judging it.
    """
    chosen: list[datetime] = []
    much = 0
    for hour, more in hours:
        much += more
        if chosen and much > LITTLE:
            break
        chosen.append(hour)
    return chosen


class Portions:
    """Deals with portions of hours of projects."""

    def __init__(self, engine: Engine, asking: Asking) -> None:
        self._engine = engine
        self._asking = asking
        self._size = 4 * LEAST

    def deal(
        self, project: str, hours: Collection[datetime], plans: Sequence[Plan]
    ) -> dict[str, Outcome]:
        """Deal with some traces of hours; return by evaluator what came of it. Raises the engine's errors."""
        scope = Scope(project)
        found = {
            plan.name: candidates(self._engine, scope, hours, plan.wanted, limit=self._size)
            for plan in plans
        }
        ready = {(c.hour, c.trace_id) for some in found.values() for c in some if not c.is_waiting}
        chosen = {trace_id for _, trace_id in sorted(ready, reverse=True)[: self._size]}
        texts = texts_of_traces(self._engine, scope, hours, sorted(chosen))
        outcomes = {
            plan.name: self._deal_by(plan, hours, found[plan.name], chosen, texts) for plan in plans
        }
        self._fit_size(outcomes.values())
        return outcomes

    def _fit_size(self, outcomes: Iterable[Outcome]) -> None:
        came_through = all(outcome.dealt == outcome.tried for outcome in outcomes)
        self._size = min(self._size * 2, MOST) if came_through else max(self._size // 2, LEAST)

    def _deal_by(
        self,
        plan: Plan,
        hours: Collection[datetime],
        found: Sequence[Candidate],
        chosen: AbstractSet[str],
        texts: Mapping[str, TraceTexts],
    ) -> Outcome:
        mine = [c for c in found if not c.is_waiting and c.trace_id in chosen]
        outcome = Outcome(tried=len(mine))
        done = self._judge(plan, mine, texts, outcome) if mine else set()
        if len(found) < self._size:
            outcome.complete = frozenset(hours) - {c.hour for c in found if c not in done}
        return outcome

    def _judge(
        self,
        plan: Plan,
        mine: Sequence[Candidate],
        texts: Mapping[str, TraceTexts],
        outcome: Outcome,
    ) -> AbstractSet[Candidate]:
        """Return those that there is nothing left to do about."""
        judged = {c: _samples(texts.get(c.trace_id), c, plan) for c in mine}
        samples = {s.key: s.sample for some in judged.values() for s in some}
        outcome.answer = self._asking.ask(plan, samples) if samples else Answer()
        done = {
            c: some for c, some in judged.items() if all(outcome.answer.knows(s.key) for s in some)
        }
        outcome.written = self._write(plan, done, outcome.answer)
        note_traces(
            self._engine,
            Scope(plan.project),
            plan.wanted,
            [Dealt(c, key_of_trace(some)) for c, some in done.items()],
        )
        outcome.dealt = len(done)
        return done.keys()

    def _write(
        self, plan: Plan, done: Mapping[Candidate, Sequence[KeyedSample]], answer: Answer
    ) -> int:
        evaluations = [
            evaluation
            for candidate, samples in done.items()
            if (evaluation := _evaluation(candidate, samples, answer)) is not None
        ]
        by = By(plan.wanted.evaluator, plan.wanted.version, plan.source)
        return write_evaluations(self._engine, Scope(plan.project), by, evaluations)


def _samples(texts: TraceTexts | None, candidate: Candidate, plan: Plan) -> list[KeyedSample]:
    """Return what there is to judge; one that does not start in its hour any more says nothing there."""
    if texts is None or texts.hour != candidate.hour:
        return []
    return samples_of(texts, plan.evaluator.reads)


def _evaluation(
    candidate: Candidate, samples: Sequence[KeyedSample], answer: Answer
) -> EvaluatorEvaluation | None:
    verdicts = [answer.verdicts[s.key] for s in samples if s.key in answer.verdicts]
    verdict = deciding(verdicts)
    if verdict is None:
        return None
    return EvaluatorEvaluation(
        trace_id=candidate.trace_id,
        score=verdict.score,
        label=verdict.label,
        explanation=verdict.explanation,
        probability=candidate.probability,
        key=verdict.key,
    )
