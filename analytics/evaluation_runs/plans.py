"""Which evaluators run in which projects, on which traces: as projects say in the control database."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from analytics.evaluators.contract import EvaluationFailed, Evaluator, FunctionEvaluator
from storage.client import Engine
from storage.control import evaluators as settings
from storage.control.database import ControlDatabase
from storage.control.evaluator_models import EvaluatorSetting, EvaluatorState
from storage.control.evaluators import EvaluatorSpec, Known
from storage.control.projects import list_projects
from storage.evaluators.thresholds import keep_thresholds
from storage.evaluators.work import Sampling, Wanted, projects_with_traces

QUIET_S: Final = 10.0
"""How long a trace has to have been left alone before it is judged: late spans come within seconds."""

FIRST: Final = timedelta(days=7)
"""What was stored so long before an evaluator first ran in a project is judged too; what is older, by a backfill."""

_READ_AGAIN_S: Final = 5.0
"""How long what another process changes may go unnoticed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An evaluator in a project."""

    project: str
    evaluator: Evaluator
    enabled: bool
    wanted: Wanted
    daily_cap_usd: float | None

    @property
    def name(self) -> str:
        """Name of the evaluator."""
        return self.wanted.evaluator

    @property
    def pair(self) -> tuple[str, str]:
        """Project and evaluator."""
        return self.project, self.name

    @property
    def source(self) -> Literal["code", "model"]:
        """What its evaluations say of who judged."""
        return "code" if isinstance(self.evaluator, FunctionEvaluator) else "model"


class Plans:
    """The plans of all projects, read again when something has changed."""

    def __init__(
        self,
        engine: Engine,
        database: ControlDatabase,
        evaluators: Callable[[], Mapping[str, Evaluator]],
        quiet_s: float,
    ) -> None:
        self._engine = engine
        self._database = database
        self._evaluators = evaluators
        self._quiet_s = quiet_s
        self._plans: Mapping[tuple[str, str], Plan] = {}
        self._read_at = float("-inf")
        self._changed = threading.Event()
        database.subscribe(self._hear)

    def current(self) -> Mapping[tuple[str, str], Plan]:
        """Return the plans by project and evaluator, those that are switched off included."""
        if self._changed.is_set() or time.monotonic() - self._read_at > _READ_AGAIN_S:
            self._changed.clear()
            self._plans = self._read()
            self._read_at = time.monotonic()
        return self._plans

    def _hear(self, touched: frozenset[str]) -> None:
        if any(name.startswith("evaluators:") for name in touched):
            self._changed.set()

    def _read(self) -> dict[tuple[str, str], Plan]:
        evaluators = self._evaluators()
        with self._database.reading() as session:
            said, states = settings.all_settings(session), settings.all_states(session)
            thresholds = [settings.set_threshold(setting) for setting in said.values()]
            known_projects = {project.name for project in list_projects(session)}
        keep_thresholds(self._engine, thresholds)
        # The door makes a project known before anything of it is stored.
        projects = [p for p in projects_with_traces(self._engine) if p in known_projects]
        known, unusable = _introduced(evaluators)
        for project in projects:
            self._note(project, known, unusable, states)
        plans = {
            (project, one.name): self._plan(
                project,
                evaluators[one.name],
                one,
                said.get((project, one.name)),
                states.get((project, one.name)),
            )
            for project in projects
            for one in known
        }
        return {pair: _without_idle(plan, plans) for pair, plan in plans.items()}

    def _note(
        self,
        project: str,
        known: Sequence[Known],
        unusable: Mapping[str, str],
        states: Mapping[tuple[str, str], EvaluatorState],
    ) -> None:
        """Have people see which evaluators there are, and why some cannot be used."""
        new = [one for one in known if _is_new(one, states.get((project, one.name)))]
        broken = {
            name: error
            for name, error in unusable.items()
            if (state := states.get((project, name))) is None or state.error != error
        }
        if not new and not broken:
            return
        with self._database.session() as session:
            settings.note_known(session, project, new)
            for name, error in broken.items():
                settings.note_error(session, project, name, error, until=None)

    def _plan(
        self,
        project: str,
        evaluator: Evaluator,
        known: Known,
        setting: EvaluatorSetting | None,
        state: EvaluatorState | None,
    ) -> Plan:
        spec = settings.spec_of(setting) if setting else settings.unasked(known.name)
        wanted = Wanted(
            evaluator=known.name,
            version=known.version,
            sampling=spec.sampling,
            since=since(setting, state),
            quiet_s=self._quiet_s,
        )
        return Plan(project, evaluator, spec.enabled, wanted, _cap(spec))


def _introduced(evaluators: Mapping[str, Evaluator]) -> tuple[list[Known], dict[str, str]]:
    """Return what evaluators say of themselves, and by name why some cannot: what they need may not be there."""
    known: list[Known] = []
    unusable: dict[str, str] = {}
    for name, evaluator in evaluators.items():
        try:
            known.append(Known(name, evaluator.version, tuple(evaluator.reads)))
        except EvaluationFailed as failed:
            unusable[name] = str(failed)
        except Exception as error:  # noqa: BLE001 - code of others may raise anything, and must not stop ours
            unusable[name] = f"{name} raised {type(error).__name__}"
    return known, unusable


def since(setting: EvaluatorSetting | None, state: EvaluatorState | None) -> datetime:
    """Return from when on traces are judged that an evaluator has not dealt with yet."""
    if setting is not None and setting.since is not None:
        return setting.since
    return (state.first_seen_at if state else datetime.now(UTC)) - FIRST


def _cap(spec: EvaluatorSpec) -> float | None:
    return None if spec.daily_cap_usd is None else float(spec.daily_cap_usd)


def _is_new(one: Known, state: EvaluatorState | None) -> bool:
    return state is None or (state.version, tuple(state.reads)) != (one.version, tuple(one.reads))


def _without_idle(plan: Plan, plans: Mapping[tuple[str, str], Plan]) -> Plan:
    """Return a plan that waits for no scores of an evaluator that is switched off or not there."""
    uncertain = plan.wanted.sampling.uncertain
    if uncertain is None:
        return plan
    other = plans.get((plan.project, uncertain.of))
    if other is not None and other.enabled:
        return plan
    sampling = Sampling(plan.wanted.sampling.rate, plan.wanted.sampling.overrides)
    return replace(plan, wanted=replace(plan.wanted, sampling=sampling))
