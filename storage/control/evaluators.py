"""Evaluators of a project: which run, on which share of its traces, at which cost; and how they are doing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.control.database import serialise, touch
from storage.control.evaluator_models import (
    MAX_EVALUATOR,
    MAX_EVALUATOR_ERROR,
    MAX_EVALUATOR_VERSION,
    EvaluatorSetting,
    EvaluatorState,
)
from storage.control.models import now as clock
from storage.errors import BadInput
from storage.evaluators.thresholds import SetThreshold
from storage.evaluators.work import Override, Sampling, Uncertain

UNASKED: Final = (
    "groundedness", "refusal", "prompt_injection", "pii", "secrets", "context_relevance",
)  # fmt: skip
"""Evaluators that run in every project unless they are switched off: they cost nothing and call nobody."""

DIMENSIONS: Final = ("tenant", "feature", "model")
"""What overrides go by."""

MAX_OVERRIDES: Final = 100
_MAX_VALUE: Final = 256
_MAX_CAP: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorSpec:
    """How an evaluator is to run."""

    enabled: bool
    sampling: Sampling = field(default_factory=Sampling)
    daily_cap_usd: Decimal | None = None
    threshold: float | None = None

    def checked(self, name: str) -> "EvaluatorSpec":
        """Return it. Raises BadInput that says what to mend."""
        if not 0 < len(name) <= MAX_EVALUATOR:
            raise BadInput(
                "the evaluator's name is empty or too long", hint=f"1 to {MAX_EVALUATOR} characters"
            )
        _check_sampling(self.sampling, name)
        if self.daily_cap_usd is not None and not 0 <= self.daily_cap_usd <= _MAX_CAP:
            raise BadInput("daily_cap_usd is out of range", hint=f"from 0 to {_MAX_CAP}")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise BadInput("threshold is out of range", hint="from 0 to 1")
        return self

    def told(self) -> dict[str, Any]:
        """Return it as JSON can hold it: for the audit log."""
        cap = None if self.daily_cap_usd is None else format(self.daily_cap_usd, "f")
        return {
            "enabled": self.enabled,
            "sampling": sampling_to_json(self.sampling),
            "daily_cap_usd": cap,
            "threshold": self.threshold,
        }


def _check_sampling(sampling: Sampling, name: str) -> None:
    uncertain = sampling.uncertain
    rates = [sampling.rate, *(o.rate for o in sampling.overrides)]
    if not all(0 <= rate <= 1 for rate in [*rates, *([uncertain.rate] if uncertain else [])]):
        raise BadInput("a sampling rate is out of range", hint="a share of traces, from 0 to 1")
    if len(sampling.overrides) > MAX_OVERRIDES:
        raise BadInput("there are too many overrides", hint=f"at most {MAX_OVERRIDES}")
    for override in sampling.overrides:
        if override.dimension not in DIMENSIONS or not 0 < len(override.value) <= _MAX_VALUE:
            raise BadInput(
                f"there is no override by {override.dimension[:40]!r} of that value",
                hint=f"by {', '.join(DIMENSIONS)}, of a value of 1 to {_MAX_VALUE} characters",
            )
    if uncertain and (uncertain.of == name or not 0 < len(uncertain.of) <= MAX_EVALUATOR):
        raise BadInput("uncertain.of has to name another evaluator", hint="such as groundedness")
    if uncertain and not 0 <= uncertain.low <= uncertain.high <= 1:
        raise BadInput("uncertain.low and .high are no range", hint="0 <= low <= high <= 1")


def unasked(name: str) -> EvaluatorSpec:
    """Return how an evaluator runs in a project that never said how."""
    return EvaluatorSpec(enabled=name in UNASKED)


def spec_of(setting: EvaluatorSetting) -> EvaluatorSpec:
    """Return how a project wants an evaluator to run."""
    return EvaluatorSpec(
        enabled=setting.enabled,
        sampling=_sampling(setting.sampling),
        daily_cap_usd=setting.daily_cap_usd,
        threshold=setting.threshold,
    )


def set_threshold(setting: EvaluatorSetting) -> SetThreshold:
    """Return the threshold that a project has set for an evaluator, as questions take it."""
    return SetThreshold(setting.project, setting.name, setting.threshold, setting.changed_at)


def settings_of(session: Session, project: str) -> dict[str, EvaluatorSetting]:
    """Return what a project said of evaluators, by name."""
    found = select(EvaluatorSetting).where(EvaluatorSetting.project == project)
    return {setting.name: setting for setting in session.scalars(found)}


def thresholds_of(session: Session, project: str) -> dict[str, float]:
    """Return the thresholds that a project has set, by the names of its evaluators."""
    said = settings_of(session, project)
    return {name: one.threshold for name, one in said.items() if one.threshold is not None}


def all_settings(session: Session) -> dict[tuple[str, str], EvaluatorSetting]:
    """Return what any project said of evaluators, by project and name."""
    return {(s.project, s.name): s for s in session.scalars(select(EvaluatorSetting))}


def change_settings(
    session: Session, project: str, name: str, spec: EvaluatorSpec, *, changed_by: str
) -> EvaluatorSetting:
    """Say how an evaluator is to run in a project. What comes from now on counts where it was off. Raises BadInput."""
    spec = spec.checked(name)
    serialise(session, f"evaluators:{project}")
    setting = session.get(EvaluatorSetting, (project, name), populate_existing=True)
    before = spec_of(setting) if setting else unasked(name)
    if setting is None:
        setting = EvaluatorSetting(project=project, name=name)
        session.add(setting)
    setting.enabled, setting.sampling = spec.enabled, sampling_to_json(spec.sampling)
    setting.daily_cap_usd, setting.threshold = spec.daily_cap_usd, spec.threshold
    setting.changed_by = changed_by
    if spec.enabled and not before.enabled:
        setting.since = clock()
    session.flush()
    touch(session, f"evaluators:{project}")
    return setting


def sampling_to_json(sampling: Sampling) -> dict[str, Any]:
    """Return sampling as JSON can hold it."""
    return {
        "rate": sampling.rate,
        "overrides": [asdict(override) for override in sampling.overrides],
        "uncertain": asdict(sampling.uncertain) if sampling.uncertain else None,
    }


def _sampling(told: Mapping[str, Any]) -> Sampling:
    uncertain = told["uncertain"]
    return Sampling(
        rate=told["rate"],
        overrides=tuple(Override(**override) for override in told["overrides"]),
        uncertain=Uncertain(**uncertain) if uncertain else None,
    )


# ------------------------------------------------------------------------------------------ states


@dataclass(frozen=True, slots=True)
class Known:
    """An evaluator that a worker has."""

    name: str
    version: str
    reads: Sequence[str]


def states_of(session: Session, project: str) -> dict[str, EvaluatorState]:
    """Return how the evaluators of a project are doing, by name; those that never ran are left out."""
    found = select(EvaluatorState).where(EvaluatorState.project == project)
    return {state.name: state for state in session.scalars(found)}


def all_states(session: Session) -> dict[tuple[str, str], EvaluatorState]:
    """Return how evaluators are doing, by project and name."""
    return {(s.project, s.name): s for s in session.scalars(select(EvaluatorState))}


def note_known(session: Session, project: str, known: Collection[Known]) -> None:
    """Write down which evaluators a worker has for a project, those that do not run there included."""
    for one in known:
        state = _state(session, project, one.name)
        state.version, state.reads = one.version[:MAX_EVALUATOR_VERSION], list(one.reads)


def note_error(
    session: Session, project: str, name: str, error: str, until: datetime | None
) -> None:
    """Write down why an evaluator could not judge, and until when it is left alone. No texts of traces."""
    state = _state(session, project, name)
    state.errors, state.error, state.error_at = (
        state.errors + 1,
        error[:MAX_EVALUATOR_ERROR],
        clock(),
    )
    state.held_until, state.held_because = until, state.error


def note_held(session: Session, project: str, name: str, because: str, until: datetime) -> None:
    """Write down why an evaluator is left alone though it is well."""
    state = _state(session, project, name)
    state.held_until, state.held_because = until, because[:MAX_EVALUATOR_ERROR]


def _state(session: Session, project: str, name: str) -> EvaluatorState:
    state = session.get(EvaluatorState, (project, name))
    if state is None:
        state = EvaluatorState(project=project, name=name, errors=0)
        session.add(state)
        session.flush()
    return state
