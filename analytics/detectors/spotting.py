"""Detectors that point at places in a text: the text is as suspect as its most certain find."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.detectors.labels import label_of
from analytics.evaluators.contract import Finding, Reads, Sample, Verdict

MOST_FINDINGS: Final = 1_000
"""Findings that are kept of a text, those that are looked for first."""


@dataclass(frozen=True, slots=True)
class SpottingDetector:
    """An evaluator made of a function from a text to findings."""

    name: str
    version: str
    reads: Sequence[Reads]
    find: Callable[[str], list[Finding]]
    threshold: float

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Return a verdict a sample: its score is its most certain finding's, 0 without any."""
        return [self._judge(sample) for sample in samples]

    def _judge(self, sample: Sample) -> Verdict:
        findings = self.find(sample.text)
        score = max((finding.score for finding in findings), default=0.0)
        return Verdict(
            score=score,
            label=label_of(score, self.threshold),
            explanation=explain(findings),
            findings=tuple(findings),
        )


def disjoint(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order of the text, without those that share characters with an earlier one."""
    starts: list[int] = []
    taken: list[Finding] = []
    for finding in findings:
        index = bisect_left(starts, finding.start)
        free_before = index == 0 or taken[index - 1].end <= finding.start
        if free_before and (index == len(taken) or finding.end <= starts[index]):
            starts.insert(index, finding.start)
            taken.insert(index, finding)
        if len(taken) == MOST_FINDINGS:
            break
    return taken


def explain(findings: Sequence[Finding]) -> str:
    """Say what was found by type and number, never the text: `2 email, 1 phone`."""
    counts = Counter(finding.type for finding in findings)
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
