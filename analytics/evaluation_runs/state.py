"""How the evaluators of a project are doing: what waits for them, what they did, and why they rest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from clickhouse_connect.driver.exceptions import ClickHouseError

from analytics.evaluation_runs.plans import since
from storage.client import Engine
from storage.control import evaluators
from storage.control.database import ControlDatabase
from storage.control.evaluator_models import EvaluatorSetting, EvaluatorState
from storage.control.evaluators import EvaluatorSpec
from storage.evaluators.work import Done, DueHour, Wanted, candidates, done_since, due_hours
from storage.query import named
from storage.scope import Scope
from storage.window import Window

MOST_HOURS: Final = 24
"""Hours whose waiting traces are counted, the newest."""
MOST_TRACES: Final = 10_000


FRESH: Final = timedelta(hours=2)
"""The newest traces, of which some always wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What an evaluator has not dealt with yet."""

    hours: int
    """In which something has changed since it looked; no more are counted than `HOURS_AT_ONCE`."""
    traces: int
    """Of the newest `MOST_HOURS` of them; no more are counted than `MOST_TRACES`."""
    lag_s: float
    """How long the longest of these traces has waited; 0 where none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorNow:
    """An evaluator of a project, as it stands."""

    name: str
    version: str
    """'' where no worker has had it yet."""
    reads: Sequence[str]
    spec: EvaluatorSpec
    since: datetime | None
    """Traces are judged that were settled from then on, older ones by a backfill. None where it has never run."""
    waiting: Waiting
    done_today: Done
    """Since midnight in UTC."""
    errors: int
    error: str
    error_at: datetime | None
    held_until: datetime | None
    """Until when it is left alone; None where it is not."""
    held_because: str


def evaluators_now(
    engine: Engine, database: ControlDatabase, scope: Scope, *, only: str = ""
) -> list[EvaluatorNow]:
    """Return the evaluators of a project by name, or `only` one.

    They are those that run unasked, those that it has settings for, and all others that its worker has. Raises
    ControlUnavailable and the errors of questions.
    """
    at = datetime.now(UTC)
    with database.reading() as session:
        said = evaluators.settings_of(session, scope.project)
        states = evaluators.states_of(session, scope.project)
    names = [only] if only else sorted({*evaluators.UNASKED, *said, *states})
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    done = done_since(engine, scope, midnight)
    due = _due(engine, scope, names)
    return [
        _now(
            engine,
            scope,
            name,
            setting=said.get(name),
            state=states.get(name),
            due=[one for one in due if one.evaluator == name],
            done=done,
            at=at,
        )
        for name in names
    ]


def hours_behind(
    engine: Engine, database: ControlDatabase, scope: Scope, window: Window, at: datetime
) -> int:
    """Return of how many hours of a window traces wait for an evaluator: figures there are not complete.

    The last `FRESH` before `at` do not count, as something always comes to rest in them. Raises ControlUnavailable and
    the errors of questions.
    """
    with database.reading() as session:
        said = evaluators.settings_of(session, scope.project)
        states = evaluators.states_of(session, scope.project)
    specs = {
        name: evaluators.spec_of(said[name]) if name in said else evaluators.unasked(name)
        for name in states
    }
    judging = [name for name, spec in specs.items() if spec.enabled]
    due = _due(engine, scope, judging)
    until = min(window.end, at - FRESH)
    return len({one.hour for one in due if window.start <= one.hour < until})


def _due(engine: Engine, scope: Scope, names: Collection[str]) -> Sequence[DueHour]:
    """Return the hours that evaluators of a project have to look at. Raises the errors of questions."""
    try:
        return due_hours(engine, [(scope.project, name) for name in names])
    except ClickHouseError as error:
        raise named(error, "hours_to_evaluate") from error


def _now(
    engine: Engine,
    scope: Scope,
    name: str,
    *,
    setting: EvaluatorSetting | None,
    state: EvaluatorState | None,
    due: Sequence[DueHour],
    done: Mapping[str, Done],
    at: datetime,
) -> EvaluatorNow:
    spec = evaluators.spec_of(setting) if setting else evaluators.unasked(name)
    wanted = Wanted(
        evaluator=name,
        version=state.version if state else "",
        sampling=spec.sampling,
        since=since(setting, state),
        quiet_s=0,
    )
    has_run = state is not None or (setting is not None and setting.since is not None)
    is_held = state is not None and state.held_until is not None and state.held_until > at
    return EvaluatorNow(
        name=name,
        version=wanted.version,
        reads=state.reads if state else (),
        spec=spec,
        since=wanted.since if has_run else None,
        waiting=_waiting(engine, scope, wanted, due if spec.enabled else (), at),
        done_today=done.get(name, Done(0, 0.0, 0, 0)),
        errors=state.errors if state else 0,
        error=state.error if state else "",
        error_at=state.error_at if state else None,
        held_until=state.held_until if state and is_held else None,
        held_because=state.held_because if state and is_held else "",
    )


def _waiting(
    engine: Engine, scope: Scope, wanted: Wanted, due: Sequence[DueHour], at: datetime
) -> Waiting:
    hours = [one.hour for one in due[:MOST_HOURS]]
    found = candidates(engine, scope, hours, wanted, limit=MOST_TRACES) if hours else []
    oldest_us = min((c.settled_us for c in found), default=0)
    lag_s = max(0.0, at.timestamp() - oldest_us / 1e6) if found else 0.0
    return Waiting(hours=len(due), traces=len(found), lag_s=lag_s)
