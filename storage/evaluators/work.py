"""What there is to do for evaluators, and what they have dealt with. Found by counts, see `storage.costs.rolling`."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from storage.client import Engine
from storage.query import load, run
from storage.scope import Scope
from storage.statements import statement

HOURS_AT_ONCE: Final = 200
"""Of a project and evaluator."""

MAX_EVALUATORS: Final = 1000
"""Of a project, whose work is read at once."""

_MAX_HOURS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class DueHour:
    """An hour of a project with changes that an evaluator has not seen; `changes` as counted before it looks."""

    project: str
    evaluator: str
    hour: datetime
    changes: int


@dataclass(frozen=True, slots=True)
class Override:
    """Which share of the traces of a tenant, feature or model is judged."""

    dimension: str
    value: str
    rate: float


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Which share is judged where another evaluator's score lies from `low` to `high`."""

    of: str
    low: float
    high: float
    rate: float


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which share of traces is judged. Of overrides that hold for one trace the highest counts."""

    rate: float = 1.0
    overrides: Sequence[Override] = ()
    uncertain: Uncertain | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which traces an evaluator is to deal with."""

    evaluator: str
    version: str
    sampling: Sampling = field(default_factory=Sampling)
    since: datetime
    """Traces that it has never dealt with count if they were settled from then on."""
    quiet_s: float
    """How long ago a trace has to have changed last."""
    others_done: bool = True
    """No trace has to wait for the evaluator whose uncertain scores count."""
    anew: bool = False
    """Also what an older version has dealt with."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trace to deal with, as it stood when it was found."""

    hour: datetime
    """In which it starts."""
    trace_id: str
    settled_us: int
    """When it was settled, in microseconds since 1970."""
    probability: float
    """With which it is in the sample."""
    is_waiting: bool
    """It changed only just now."""


@dataclass(frozen=True, slots=True)
class Dealt:
    """A trace that an evaluator has dealt with."""

    candidate: Candidate
    key: int
    """Of what it was given; 0 where there was nothing to judge."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an evaluator has done since some moment."""

    verdicts: int
    cost_usd: float
    of_last_minute: int
    last_us: int


def due_hours(engine: Engine, pairs: Sequence[tuple[str, str]]) -> list[DueHour]:
    """Return the hours of which evaluators have not seen every change, the newest first.

    `pairs` are projects and evaluators.
    """
    values = {
        "projects": [project for project, _ in pairs],
        "evaluators": [evaluator for _, evaluator in pairs],
        "limit": HOURS_AT_ONCE,
    }
    rows = engine.client().query(statement("hours_to_evaluate"), parameters=values).result_rows
    return [
        DueHour(project, name, hour.replace(tzinfo=UTC), int(changes))
        for project, name, hour, changes in rows
    ]


def projects_with_traces(engine: Engine) -> list[str]:
    """Return the projects in which anything has ever changed."""
    rows = engine.client().query(statement("changed_projects")).result_rows
    return [str(row[0]) for row in rows]


def candidates(
    engine: Engine, scope: Scope, hours: Collection[datetime], wanted: Wanted, *, limit: int
) -> list[Candidate]:
    """Return traces of some hours that are to be dealt with: those that have to wait first, then the newest."""
    uncertain = wanted.sampling.uncertain or Uncertain("", 0, 0, 0)
    overrides = wanted.sampling.overrides
    result = run(
        engine, scope, load("evaluators/candidates"),
        hours=[int(hour.timestamp()) for hour in hours],
        evaluator=wanted.evaluator,
        version=wanted.version,
        rate=float(wanted.sampling.rate),
        override_dimensions=[o.dimension for o in overrides],
        override_values=[o.value for o in overrides],
        override_rates=[float(o.rate) for o in overrides],
        uncertain_of=uncertain.of,
        uncertain_low=float(uncertain.low),
        uncertain_high=float(uncertain.high),
        uncertain_rate=float(uncertain.rate),
        since_us=microseconds(wanted.since),
        quiet_us=int(wanted.quiet_s * 1e6),
        others_done=wanted.others_done,
        anew=wanted.anew,
        limit=limit,
    )  # fmt: skip
    return [
        Candidate(datetime.fromtimestamp(row[0], UTC), row[1], int(row[2]), row[3], bool(row[4]))
        for row in result.result_rows
    ]


def note_traces(engine: Engine, scope: Scope, wanted: Wanted, dealt: Sequence[Dealt]) -> None:
    """Write down that traces have been dealt with, after their evaluations have been written."""
    if not dealt:
        return
    at = time.time_ns() // 1000
    rows = [
        [
            scope.project, int(one.candidate.hour.timestamp()), wanted.evaluator, one.candidate.trace_id,
            wanted.version, one.candidate.settled_us, one.candidate.probability, one.key, at,
        ]
        for one in dealt
    ]  # fmt: skip
    columns = [
        "project_id", "hour", "evaluator", "trace_id", "version", "settled_at", "probability", "key", "at",
    ]  # fmt: skip
    engine.client().insert("evaluated_traces", rows, column_names=columns)


def note_hours(engine: Engine, due: Sequence[DueHour]) -> None:
    """Write down that evaluators have dealt with all traces of their hours, as many changes as these had."""
    if not due:
        return
    at = time.time_ns() // 1000
    rows = [[one.project, int(one.hour.timestamp()), one.evaluator, one.changes, at] for one in due]
    columns = ["project_id", "hour", "evaluator", "changes", "at"]
    engine.client().insert("evaluated_hours", rows, column_names=columns)


def hours_with_traces(
    engine: Engine, scope: Scope, start: datetime, end: datetime
) -> list[tuple[datetime, int]]:
    """Return the hours of a range in which traces start, the newest first, and how many do."""
    result = run(
        engine,
        scope,
        load("evaluators/hours"),
        start_us=microseconds(start),
        end_us=microseconds(end),
        limit=_MAX_HOURS,
    )
    return [(datetime.fromtimestamp(row[0], UTC), row[1]) for row in result.result_rows]


def versions_of_trace(
    engine: Engine, scope: Scope, hour: datetime, trace_id: str
) -> dict[str, str]:
    """Return by evaluator which version dealt last with a trace that starts in an hour."""
    result = run(
        engine,
        scope,
        load("evaluators/versions_of_trace"),
        hour=int(hour.timestamp()),
        trace_id=trace_id,
        limit=MAX_EVALUATORS,
    )
    return {row[0]: row[1] for row in result.result_rows}


def done_since(engine: Engine, scope: Scope, since: datetime) -> dict[str, Done]:
    """Return by evaluator what it has done in a project since a moment; one that did nothing is left out."""
    result = run(
        engine,
        scope,
        load("evaluators/work"),
        since_us=microseconds(since),
        limit=MAX_EVALUATORS,
    )
    return {row[0]: Done(*row[1:]) for row in result.result_rows}


def microseconds(moment: datetime) -> int:
    """Return a moment in microseconds since 1970, exact."""
    whole = moment.astimezone(UTC)
    return int(whole.replace(microsecond=0).timestamp()) * 1_000_000 + whole.microsecond
