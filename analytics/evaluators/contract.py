"""What an evaluator is given and what it says: one contract for ours, for users' functions, webhooks and judges."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, runtime_checkable

Reads = Literal["answer", "input", "output", "retrieved"]
"""What an evaluator judges of a trace: its `answer` with the question and what was retrieved for it, one sample a
trace; or single texts, one sample each: what users wrote (`input`), what models answered (`output`), or documents and
results of tools (`retrieved`)."""

READS: Final[tuple[Reads, ...]] = ("answer", "input", "output", "retrieved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One thing to judge: an answer, with question and contexts where they are known, or a single text."""

    id: str
    question: str = ""
    contexts: Sequence[str] = ()
    """The passages that the answer was to be made from, in the order in which they were retrieved."""
    answer: str = ""
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else is known of the trace, for evaluators that ask: `model`, `feature`, `finish_reasons`, `system` ..."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where something is said: characters [start, end) of the context of this index."""

    context: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A part of an answer that can be true or false: characters [start, end) of it."""

    text: str
    start: int
    end: int
    score: float
    """Probability that the contexts support it."""
    evidence: Evidence | None = None
    """What speaks for it best, None where nothing comes near."""
    conflicts: Sequence[str] = ()
    """What of it the evidence does not say: `number 42`, `date 3 May`, `name Ada Byron`, `negation`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a detector found: characters [start, end) of the text, by its type. The text itself is not repeated."""

    type: str
    start: int
    end: int
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an evaluator says of a sample. One that cannot judge it says so by a `label` without a `score`."""

    score: float | None = None
    """A probability in [0, 1]: that the answer is supported, or that the text is what a detector looks for."""
    label: str = ""
    explanation: str = ""
    """Why, in a sentence for people. Of personal data or secrets it names types, never the text."""
    claims: Sequence[Claim] = ()
    findings: Sequence[Finding] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    """Figures worth keeping beside, of what JSON can hold."""
    cost_usd: float = 0.0
    """What it cost to ask, for evaluators that call a model."""


@runtime_checkable
class Evaluator(Protocol):
    """Judges samples in batches. Safe to call from one thread at a time."""

    @property
    def name(self) -> str:
        """How its evaluations are called: `groundedness`."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same sample may get another verdict."""
        ...

    @property
    def reads(self) -> Sequence[Reads]:
        """What it judges."""
        ...

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Return a verdict a sample, in their order. Raises EvaluationFailed where it cannot judge now."""
        ...


class EvaluationFailed(Exception):  # noqa: N818 - says what is the case
    """An evaluator could not judge: what it needs is away, or broke. The message is for people and repeats no texts."""


Judged = Verdict | float | bool | str
"""What a function may return: a verdict, or just a score, true or false, or a label."""


@dataclass(frozen=True, slots=True)
class FunctionEvaluator:
    """An evaluator made from one function of one sample: see `evaluator`."""

    name: str
    version: str
    reads: Sequence[Reads]
    function: Callable[[Sample], Judged]

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Return what the function says of each sample. Raises EvaluationFailed that names the function's error."""
        return [self._judge(sample) for sample in samples]

    def _judge(self, sample: Sample) -> Verdict:
        try:
            return verdict_of(self.function(sample))
        except Exception as error:
            # The text of the error may quote the sample.
            raise EvaluationFailed(f"{self.name} raised {type(error).__name__}") from error


def evaluator(
    name: str, *, version: str = "1", reads: Reads | Sequence[Reads] = "answer"
) -> Callable[[Callable[[Sample], Judged]], FunctionEvaluator]:
    """Make an evaluator of a function.

    @evaluator("short_answer", version="1")
    def short_answer(sample):
        return len(sample.answer.split()) < 50
    """
    read: Sequence[Reads] = (reads,) if isinstance(reads, str) else tuple(reads)
    return lambda function: FunctionEvaluator(name, version, read, function)


def verdict_of(judged: Judged) -> Verdict:
    """Return what a function said as a verdict. Raises TypeError or ValueError for what is none."""
    if isinstance(judged, Verdict):
        return judged
    if isinstance(judged, bool):
        return Verdict(score=float(judged), label=str(judged).lower())
    if isinstance(judged, str):
        return Verdict(label=judged)
    return Verdict(score=float(judged))
