"""How each trace of a window came out, beside what it is like: rows for statistics, not for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from storage.client import Engine
from storage.failures import Rules, found_values
from storage.query import load, run
from storage.scope import Scope
from storage.traces import where_of
from storage.window import Slice, Window

MAX_TRACES: Final = 50_000
"""Traces looked at; of more, a share that their ids decide, the same ones each time."""

Measure = Literal["latency", "cost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Columns of the same length, a trace each, in order of time. Text that is not known is ''."""

    traces: int
    """How many traces there are; more than the columns have where only a share was looked at."""
    trace_id: Sequence[str]
    start_ns: Sequence[int]
    session_id: Sequence[str]
    tenant_id: Sequence[str]
    feature: Sequence[str]
    prompt_name: Sequence[str]
    prompt_version: Sequence[str]
    environment: Sequence[str]
    model: Sequence[str]
    """The models that answered, joined by ' + '."""
    tokens_a_call: Sequence[int]
    turn: Sequence[int]
    """Place in its session, counted from a day before the window; 0 without a session."""
    outcome: Sequence[float]
    weight: Sequence[float]
    """For how many traces it stands: 1 / the probability with which its evaluation was sampled."""


_COLUMNS: Final = tuple(Outcomes.__dataclass_fields__)[1:]


@dataclass(frozen=True, slots=True)
class Where:
    """Which traces a question is about: those that start within a window and fit search and filter."""

    window: Window
    q: str = ""
    filter: str = ""


def measured(engine: Engine, scope: Scope, where: Where, measure: Measure) -> Outcomes:
    """Return how long traces took, in seconds, or what they cost, in USD; of those for which that is known.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable, as all of these.
    """
    known = _known(engine, scope, where)
    return _asked(engine, scope, where, "of_measures", _share(known), known, measure=measure)


def evaluated(
    engine: Engine, scope: Scope, where: Where, name: str, *, label: str = ""
) -> Outcomes:
    """Return the mean score of the evaluations called `name` by trace, or with a `label` the share that has it."""
    found = _asked(engine, scope, where, "of_evaluations", 1.0, 0, name=name, label=label)
    if found.traces <= MAX_TRACES:
        return found
    return _asked(
        engine, scope, where, "of_evaluations", _share(found.traces), found.traces,
        name=name, label=label,
    )  # fmt: skip


def failed(engine: Engine, scope: Scope, where: Where, rules: Rules) -> Outcomes:
    """Return of every trace whether it failed by `rules`: 1 or 0."""
    known = _known(engine, scope, where)
    share = _share(known)
    part = Slice(where.window.start_ns, where.window.end_ns)
    values = found_values(engine, scope, part, rules, share=share)
    for given in ("start_ns", "end_ns", "share"):
        del values[given]
    return _asked(engine, scope, where, "of_failures", share, known, **values)


def confidences(engine: Engine, scope: Scope, where: Where) -> dict[str, float]:
    """Return by trace the mean log-probability of the tokens of its last answer, of the traces that send it."""
    part = Slice(where.window.start_ns, where.window.end_ns)
    reach = run(engine, scope, load("traces/reach"), start_ns=part.start_ns, end_ns=part.end_ns)
    result = run(
        engine,
        scope,
        load("outcomes/confidence"),
        where=where_of(engine, scope, part, where.q, where.filter),
        start_ns=part.start_ns,
        end_ns=part.end_ns,
        reach_ns=int(reach.result_rows[0][0]),
        share=_share(_known(engine, scope, where)),
        limit=MAX_TRACES,
    )
    return {row[0]: row[1] for row in result.result_rows}


def _known(engine: Engine, scope: Scope, where: Where) -> int:
    part = Slice(where.window.start_ns, where.window.end_ns)
    result = run(
        engine, scope, load("outcomes/known"),
        where=where_of(engine, scope, part, where.q, where.filter),
        start_ns=part.start_ns, end_ns=part.end_ns,
    )  # fmt: skip
    return int(result.result_rows[0][0])


def _share(traces: int) -> float:
    # A little less, so that the limit does not cut off the latest.
    return 1.0 if traces <= MAX_TRACES else 0.97 * MAX_TRACES / traces


def _asked(  # noqa: PLR0917 - the parts of one question
    engine: Engine,
    scope: Scope,
    where: Where,
    question: str,
    share: float,
    traces: int,
    **values: Any,
) -> Outcomes:
    part = Slice(where.window.start_ns, where.window.end_ns)
    result = run(
        engine, scope, load(f"outcomes/{question}"),
        where=where_of(engine, scope, part, where.q, where.filter),
        start_ns=part.start_ns, end_ns=part.end_ns, share=share, limit=MAX_TRACES, **values,
    )  # fmt: skip
    columns = result.result_columns or [[] for _ in _COLUMNS]
    found = dict(zip(_COLUMNS, columns, strict=False))
    there = columns[len(_COLUMNS)][0] if len(columns) > len(_COLUMNS) and columns[0] else 0
    return Outcomes(traces=traces or int(there), **found)
