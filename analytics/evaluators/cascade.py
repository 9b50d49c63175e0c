"""A small model first, and a judge only where the small model is unsure, for as long as the day's budget lasts."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from analytics.evaluators.contract import Evaluator, Reads, Sample, Verdict

NAME: Final = "groundedness_cascade"
LOW: Final = 0.3
HIGH: Final = 0.7
"""Between these scores of the small model the judge is asked."""
_AT_ONCE: Final = 8
"""Samples that the judge gets between two looks at the budget: it may be overspent by as many."""


def _today() -> date:
    return datetime.now(UTC).date()


class Budget:
    """US dollars that may be spent in a day, by UTC. It is kept in memory: a process that starts anew begins anew."""

    def __init__(self, usd_per_day: float, today: Callable[[], date] = _today) -> None:
        self._usd_per_day = usd_per_day
        self._today = today
        self._lock = threading.Lock()
        self._day = today()
        self._spent = 0.0

    def left(self) -> float:
        """Return what may still be spent today."""
        with self._lock:
            self._turn()
            return self._usd_per_day - self._spent

    def spend(self, usd: float) -> None:
        """Count what was spent."""
        with self._lock:
            self._turn()
            self._spent += usd

    def _turn(self) -> None:
        if self._today() != self._day:
            self._day, self._spent = self._today(), 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """Two evaluators of the same thing: a cheap one, and a dear one for what the cheap one cannot tell."""

    first: Evaluator
    judge: Evaluator
    budget: Budget
    low: float = LOW
    high: float = HIGH
    name: str = NAME

    @property
    def version(self) -> str:
        """Of both, and of when the judge is asked."""
        parts = (self.first.version, self.judge.version, str(self.low), str(self.high))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    @property
    def reads(self) -> Sequence[Reads]:
        """What the first one judges."""
        return self.first.reads

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Return the first one's verdicts, and the judge's where the first one was unsure and the budget allows.

        `details` tell who judged. Raises EvaluationFailed where either cannot judge now.
        """
        verdicts = self.first.evaluate(samples)
        unsure = [i for i, verdict in enumerate(verdicts) if self._is_unsure(verdict)]
        for start in range(0, len(unsure), _AT_ONCE):
            if self.budget.left() <= 0:
                break
            these = unsure[start : start + _AT_ONCE]
            judged = self.judge.evaluate([samples[i] for i in these])
            self.budget.spend(sum(verdict.cost_usd for verdict in judged))
            for i, verdict in zip(these, judged, strict=True):
                verdicts[i] = _settled(verdicts[i], verdict, self.judge.name)
        return [
            verdict if "judged_by" in verdict.details else _by(verdict, self.first.name)
            for verdict in verdicts
        ]

    def _is_unsure(self, verdict: Verdict) -> bool:
        return verdict.score is not None and self.low <= verdict.score <= self.high


def _settled(first: Verdict, judged: Verdict, judge: str) -> Verdict:
    """Return the judge's verdict, or the first one where the judge has none; what was paid counts either way."""
    if judged.score is None:
        return replace(first, cost_usd=first.cost_usd + judged.cost_usd)
    details = {**judged.details, "judged_by": judge, "first_score": first.score}
    return replace(judged, details=details, cost_usd=first.cost_usd + judged.cost_usd)


def _by(verdict: Verdict, name: str) -> Verdict:
    return replace(verdict, details={**verdict.details, "judged_by": name})
