"""What annotation queues are filled from: random samples of what a filter finds, and ids that are stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from storage import filters, traces
from storage.client import Engine
from storage.control.queue_items import MAX_ITEMS, Subject
from storage.control.queue_models import Unit
from storage.errors import BadInput
from storage.query import Predicate, all_of, load, run
from storage.scope import Scope
from storage.traces import TraceRow
from storage.window import Slice, Window

SEEDS: Final = 2**53
"""Seeds are below this, so that every reader of JSON has them exactly."""

_MOST_HOURS: Final = 100_000
_CHUNK: Final = 2_000
"""Ids in one question."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Some of what a filter found in a window, drawn at random; the same seed draws the same from the same traces."""

    subjects: list[Subject]
    matched: int
    """How many it was drawn from."""


def draw(
    engine: Engine,
    scope: Scope,
    unit: Unit,
    *,
    window: Window,
    filter: str = "",  # noqa: A002 - the word of the API
    size: int,
    seed: int,
) -> Sample:
    """Draw at most `size` traces or spans that start in `window`. Raises BadInput, QueryTimeout, TooMuchData."""
    if not 1 <= size <= MAX_ITEMS:
        raise BadInput(f"a sample of {size}", hint=f"1 to {MAX_ITEMS} are possible")
    if not 0 <= seed < SEEDS:
        raise BadInput(f"the seed is {seed}", hint=f"a whole number from 0, below {SEEDS}")
    part = Slice(window.start_ns, window.end_ns)
    found = run(
        engine,
        scope,
        load(f"queues/sample_{unit}s"),
        where=_where(engine, scope, unit, part, filter),
        start_ns=part.start_ns,
        end_ns=part.end_ns,
        seed=seed,
        limit=size,
    )
    subjects = [Subject(trace_id, span_id) for trace_id, span_id in found.result_rows]
    return Sample(subjects, matching(engine, scope, unit, window=window, filter=filter))


def matching(
    engine: Engine,
    scope: Scope,
    unit: Unit,
    *,
    window: Window,
    filter: str = "",  # noqa: A002 - as in draw
) -> int:
    """Return how many traces or spans that start in `window` a filter finds: what a sample is drawn from."""
    part = Slice(window.start_ns, window.end_ns)
    result = run(
        engine,
        scope,
        load(f"queues/matching_{unit}s"),
        where=_where(engine, scope, unit, part, filter),
        start_ns=part.start_ns,
        end_ns=part.end_ns,
    )
    return int(result.result_rows[0][0])


def _where(engine: Engine, scope: Scope, unit: Unit, part: Slice, filter_text: str) -> Predicate:
    if unit == "trace":
        return traces.where_of(engine, scope, part, "", filter_text)
    where = all_of([filters.predicate(filter_text, "span")])
    return Predicate(where.sql, {**where.values, "reach_ns": part.end_ns})


def stored(engine: Engine, scope: Scope, subjects: Sequence[Subject]) -> list[Subject]:
    """Return those of some traces and spans that the project has, in their order."""
    there: set[Subject] = set()
    for start in range(0, len(subjects), _CHUNK):
        there |= _stored(engine, scope, subjects[start : start + _CHUNK])
    return [subject for subject in subjects if subject in there]


def _stored(engine: Engine, scope: Scope, subjects: Sequence[Subject]) -> set[Subject]:
    whole = [subject.trace_id for subject in subjects if not subject.span_id]
    found = {Subject(trace_id) for trace_id in hours_of(engine, scope, whole)}
    parts = [subject for subject in subjects if subject.span_id]
    if parts:
        result = run(
            engine,
            scope,
            load("queues/spans_there"),
            trace_ids=sorted({subject.trace_id for subject in parts}),
            span_ids=sorted({subject.span_id for subject in parts}),
            limit=_MOST_HOURS,
        )
        found |= {Subject(trace_id, span_id) for trace_id, span_id in result.result_rows}
    return found


def hours_of(engine: Engine, scope: Scope, trace_ids: Iterable[str]) -> dict[str, list[int]]:
    """Return the hours (seconds since 1970) in which traces have spans; an unknown trace has none."""
    wanted = sorted(set(trace_ids))
    found: dict[str, list[int]] = {}
    if wanted:
        result = run(engine, scope, load("queues/hours"), trace_ids=wanted, limit=_MOST_HOURS)
        for trace_id, hour in result.result_rows:
            found.setdefault(trace_id, []).append(hour)
    return found


def facts_of(engine: Engine, scope: Scope, trace_ids: Iterable[str]) -> dict[str, TraceRow]:
    """Return the settled facts of some traces by id, for their previews."""
    hours = hours_of(engine, scope, trace_ids)
    every = {hour for of_one in hours.values() for hour in of_one}
    rows = traces.rows_of(engine, scope, every, sorted(hours)) if hours else []
    return {row.trace_id: row for row in rows}
