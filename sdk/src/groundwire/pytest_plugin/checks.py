"""What is asked of an evaluation, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from groundwire.pytest_plugin.verdict import Estimate, Outcome, judge, mean, share


@dataclass(frozen=True)
class Judged:
    """One trace's evaluations of a name: their mean where they are numbers or booleans, else their label."""

    score: float | None
    label: str


@dataclass(frozen=True)
class Check:
    """A threshold for an evaluation. Raises ValueError where what is asked means nothing."""

    evaluation: str
    at_least: float | None = None
    """The mean over the traces may not be lower; with `share`, the score that a trace has to reach."""
    label: str | None = None
    """The label that a trace has to have."""
    share: float | None = None
    """How large a part of the traces has to have that score or label, 0 to 1."""
    min_count: int = 1
    """Traces with this evaluation that there have to be."""

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.label is None):
            raise ValueError(f"{self.evaluation}: give at_least (a score) or label, one of them")
        if self.label is not None and self.share is None:
            raise ValueError(
                f"{self.evaluation}: say which share of the traces has to be {self.label!r}"
            )
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError(f"{self.evaluation}: share is {self.share:g}; it lies between 0 and 1")

    def of(self, judged: Sequence[Judged]) -> "Result":
        """Return what the evaluations of some traces come to."""
        if self.share is not None:
            hits = sum(self._hit(one) for one in judged)
            return self._result(share(hits, len(judged)), self.share)
        scores = [one.score for one in judged if one.score is not None]
        # A score of 0 or 1 throughout is a share: its interval ends at 0 and 1.
        estimate = (
            share(sum(map(int, scores)), len(scores))
            if scores and set(scores) <= {0.0, 1.0}
            else mean(scores)
        )
        return self._result(estimate, self.at_least or 0.0)

    def _hit(self, one: Judged) -> bool:
        if self.label is not None:
            return one.label == self.label
        return one.score is not None and one.score >= (self.at_least or 0.0)

    def _result(self, estimate: Estimate, threshold: float) -> "Result":
        return Result(self, estimate, judge(estimate, threshold, self.min_count))

    def __str__(self) -> str:
        if self.share is None:
            return f"at least {self.at_least:g}"
        part = f"{self.share:.0%} of traces"
        return (
            f"{part} {self.label!r}"
            if self.label is not None
            else f"{part} at least {self.at_least:g}"
        )


@dataclass(frozen=True)
class Result:
    """What a check came to."""

    check: Check
    estimate: Estimate
    outcome: Outcome

    def __str__(self) -> str:
        wanted = f"{self.check}"
        if self.estimate.count < self.check.min_count:
            wanted += f", of {self.check.min_count} traces or more"
        return f"{self.check.evaluation}: {self.outcome.value}: {self.estimate}; asked for {wanted}"
