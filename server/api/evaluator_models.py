"""The shapes of evaluators, as they are sent and taken."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from analytics.evaluation_runs.of_trace import TraceVerdict
from analytics.evaluation_runs.state import EvaluatorNow
from server.api.job_models import JobOut, JobRange
from server.api.people_models import Sent
from storage.control.evaluators import MAX_OVERRIDES, EvaluatorSpec
from storage.evaluators.work import Override, Sampling, Uncertain
from storage.window import from_unix_nano


class OverrideIn(Sent):
    """The share of the traces of a tenant, feature or model that is judged."""

    dimension: Literal["tenant", "feature", "model"]
    value: str
    rate: float = Field(ge=0, le=1)


class UncertainIn(Sent):
    """The share that is judged where another evaluator's score lies from `low` to `high`."""

    of: str = Field(description="Name of the other evaluator.")
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    rate: float = Field(ge=0, le=1)


class SamplingIn(Sent):
    """Which share of traces is judged. Of overrides that hold for one trace the highest counts."""

    rate: float = Field(default=1.0, ge=0, le=1)
    overrides: list[OverrideIn] = Field(default=[], max_length=MAX_OVERRIDES)
    uncertain: UncertainIn | None = None

    def sampling(self) -> Sampling:
        """Return it as it is kept."""
        uncertain = self.uncertain
        return Sampling(
            rate=self.rate,
            overrides=tuple(Override(o.dimension, o.value, o.rate) for o in self.overrides),
            uncertain=Uncertain(**uncertain.model_dump()) if uncertain else None,
        )


class EvaluatorSettings(Sent):
    """How an evaluator is to run in a project."""

    enabled: bool
    sampling: SamplingIn = SamplingIn()
    daily_cap_usd: Decimal | None = Field(
        default=None,
        ge=0,
        description="What it may cost from one midnight in UTC to the next; null: no limit.",
    )
    threshold: float | None = Field(
        default=None, ge=0, le=1, description="Of its scores; null: the evaluator's own."
    )

    def spec(self) -> EvaluatorSpec:
        """Return it as it is kept."""
        return EvaluatorSpec(
            enabled=self.enabled,
            sampling=self.sampling.sampling(),
            daily_cap_usd=self.daily_cap_usd,
            threshold=self.threshold,
        )


class WaitingOut(BaseModel):
    """What an evaluator has not dealt with yet: `hours` that changed, `traces` of the newest of them."""

    hours: int
    traces: int
    lag_s: float
    """How long the longest of these traces has waited."""


class EvaluatorStateOut(BaseModel):
    """How an evaluator is doing."""

    waiting: WaitingOut
    verdicts_per_s: float
    """Over the last minute."""
    verdicts_today: int
    cost_today_usd: float
    last_verdict_at: datetime | None
    errors: int
    error: str
    error_at: datetime | None
    held_until: datetime | None
    """Until when it is left alone; null where it is not."""
    held_because: str


class EvaluatorOut(BaseModel):
    """An evaluator of a project: what it is, how it is to run, how it is doing."""

    name: str
    version: str
    """'' where no worker has had it yet."""
    reads: list[str]
    since: datetime | None
    """Traces are judged that were stored from then on, older ones by a backfill. Null where it has never run."""
    settings: EvaluatorSettings
    state: EvaluatorStateOut

    @classmethod
    def of(cls, now: EvaluatorNow) -> Self:
        """Return an evaluator as it is shown."""
        done = now.done_today
        state = {name: getattr(now, name) for name in _SAME} | {
            "waiting": {name: getattr(now.waiting, name) for name in WaitingOut.model_fields},
            "verdicts_per_s": done.of_last_minute / 60,
            "verdicts_today": done.verdicts,
            "cost_today_usd": done.cost_usd,
            "last_verdict_at": from_unix_nano(done.last_us * 1000) if done.last_us else None,
        }
        return cls.model_validate(
            {
                "name": now.name,
                "version": now.version,
                "reads": list(now.reads),
                "since": now.since,
                "settings": now.spec.told(),
                "state": state,
            }
        )


_SAME = ("errors", "error", "error_at", "held_until", "held_because")


class NewBackfill(JobRange):
    """Which traces an evaluator is to deal with: those that start in a range of time."""


class BackfillOut(JobOut):
    """A backfill of an evaluator. Its report: `traces` that were dealt with, and `evaluations` that are new."""

    evaluator: str


class VerdictOut(BaseModel):
    """What an evaluator says of an answer or of one text of a trace."""

    evaluator: str
    version: str
    reads: Literal["answer", "input", "output", "retrieved"]
    score: float | None
    label: str
    explanation: str
    claims: list[dict[str, Any]]
    """Of an answer: `text`, `start`, `end`, `score`, `evidence` (`context`, `start`, `end`), `conflicts`."""
    findings: list[dict[str, Any]]
    """Of a text: `type`, `start`, `end`, `score`."""
    details: dict[str, Any]
    """Figures of the evaluator's own."""
    cost_usd: float
    question: str
    contexts: list[str]
    answer: str
    text: str
    """What was judged: of an answer the three before, else this."""

    @classmethod
    def of(cls, found: TraceVerdict) -> Self:
        """Return a verdict as it is shown."""
        verdict, sample = found.verdict, found.sample
        return cls(
            evaluator=found.evaluator,
            version=found.version,
            reads=found.reads,
            score=verdict.score,
            label=verdict.label,
            explanation=verdict.explanation,
            claims=verdict.details.get("claims", []),
            findings=verdict.details.get("findings", []),
            details=verdict.details.get("figures", {}),
            cost_usd=verdict.cost_usd,
            question=sample.question,
            contexts=list(sample.contexts),
            answer=sample.answer,
            text=sample.text,
        )
