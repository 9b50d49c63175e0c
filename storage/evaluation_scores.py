"""What the evaluations of a trace, span or session come to by name: the cells of score columns."""

from collections.abc import Iterable
from typing import Final

from storage.client import Engine
from storage.evaluation_rows import EvaluationRow, Score
from storage.query import load, run
from storage.scope import Scope
from storage.window import Slice

MAX_CELLS: Final = 100_000
"""Pairs of a row and a name on one page."""

Scores = dict[str, Score]
"""By the name of the evaluation."""


def scores_of_traces(engine: Engine, scope: Scope, trace_ids: list[str]) -> dict[str, Scores]:
    """Return by trace what its evaluations, those of its spans included, come to."""
    if not trace_ids:
        return {}
    result = run(
        engine, scope, load("evaluations/scores_of_traces"), trace_ids=trace_ids, limit=MAX_CELLS
    )
    return _by_subject(result.result_rows)


def scores_of_sessions(
    engine: Engine, scope: Scope, session_ids: list[str], part: Slice
) -> dict[str, Scores]:
    """Return by session what its evaluations come to, those of its traces that start within `part` included."""
    if not session_ids:
        return {}
    result = run(
        engine,
        scope,
        load("evaluations/scores_of_sessions"),
        session_ids=session_ids,
        start_ns=part.start_ns,
        end_ns=part.end_ns,
        limit=MAX_CELLS,
    )
    return _by_subject(result.result_rows)


def scores_of_spans(evaluations: Iterable[EvaluationRow]) -> Scores:
    """Return what evaluations that are at hand come to by name, as the engine does for traces."""
    by_name: dict[str, list[EvaluationRow]] = {}
    for row in evaluations:
        by_name.setdefault(row.name, []).append(row)
    return {name: _score(rows) for name, rows in by_name.items()}


def _score(rows: list[EvaluationRow]) -> Score:
    numbers = [row.score for row in rows if row.score is not None]
    labels = [row.label for row in rows if row.label]
    return Score(
        kind=_commonest([row.kind for row in rows]),
        score=sum(numbers) / len(numbers) if numbers else None,
        label=_commonest(labels) if labels else "",
        count=len(rows),
        sources=sorted({row.source for row in rows if row.source}),
    )


def _commonest(values: list[str]) -> str:
    return max(dict.fromkeys(values), key=values.count)


def _by_subject(rows: Iterable[Iterable[object]]) -> dict[str, Scores]:
    found: dict[str, Scores] = {}
    for subject, name, *cell in rows:
        found.setdefault(str(subject), {})[str(name)] = Score(*cell)  # type: ignore[arg-type]
    return found
