"""The scores that traces of a window got from one evaluator, beside what people say of the same traces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from storage.client import Engine
from storage.outcomes import Where
from storage.query import load, run
from storage.scope import Scope
from storage.traces import where_of
from storage.window import Slice

MAX_TRACES: Final = 50_000
"""Traces looked at; of more, a share that their ids decide, the same ones each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredTraces:
    """Columns of the same length, a trace each, in order of time."""

    traces: int
    """How many traces were judged; more than the columns have where only a share was looked at."""
    trace_id: Sequence[str]
    start_ns: Sequence[int]
    cluster: Sequence[str]
    """The session; the trace where it has none."""
    score: Sequence[float | None]
    label: Sequence[str]
    """As it was given, whatever the project's threshold."""
    source: Sequence[str]
    weight: Sequence[float]
    """For how many traces it stands: 1 / the probability with which it was sampled."""
    found_by_people: Sequence[float | None]
    """The share of people's votes that say that it is found; None where no person says."""


_COLUMNS: Final = tuple(ScoredTraces.__dataclass_fields__)[1:]


def scored_traces(
    engine: Engine, scope: Scope, where: Where, name: str, people: Mapping[str, bool]
) -> ScoredTraces:
    """Return what was said of traces by the evaluations called `name`.

    `people` are the names under which people say the same; True for one of which little is what is found, as of
    `groundedness`. Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    found = _asked(engine, scope, where, name, people, 1.0)
    if found.traces <= MAX_TRACES:
        return found
    # A little less, so that the limit does not cut off the latest.
    rest = _asked(engine, scope, where, name, people, 0.97 * MAX_TRACES / found.traces)
    return ScoredTraces(
        traces=found.traces, **{column: getattr(rest, column) for column in _COLUMNS}
    )


def _asked(  # noqa: PLR0917 - the parts of one question
    engine: Engine, scope: Scope, where: Where, name: str, people: Mapping[str, bool], share: float
) -> ScoredTraces:
    part = Slice(where.window.start_ns, where.window.end_ns)
    result = run(
        engine, scope, load("evaluators/scores"),
        where=where_of(engine, scope, part, where.q, where.filter),
        start_ns=part.start_ns, end_ns=part.end_ns, name=name, share=share,
        people=list(people), low_people=[one for one, is_low in people.items() if is_low],
        limit=MAX_TRACES,
    )  # fmt: skip
    columns = result.result_columns or [[] for _ in (*_COLUMNS, "traces")]
    traces = int(columns[-1][0]) if columns[-1] else 0
    return ScoredTraces(traces=traces, **dict(zip(_COLUMNS, columns, strict=False)))
