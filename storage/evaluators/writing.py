"""Write the evaluations of our own evaluators: one of a trace and evaluator, a row a version of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from storage.client import Engine
from storage.evaluation_checks import MAX_LABEL, MAX_TEXT
from storage.query import load, run
from storage.scope import Scope

AUTHOR: Final = "groundwire"
"""Who our evaluators are as authors of evaluations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorEvaluation:
    """What an evaluator says of a trace. It has a score, a label, or both."""

    trace_id: str
    score: float | None
    label: str
    explanation: str
    probability: float
    """With which the trace is in the evaluator's sample; a trace stands for 1 / probability of them."""
    key: int
    """Of the verdict that decided."""


@dataclass(frozen=True, slots=True)
class By:
    """Who judged."""

    evaluator: str
    version: str
    source: Literal["code", "model"]


@dataclass(frozen=True, slots=True)
class _Standing:
    version: str
    key: int
    probability: float
    changed_us: int


def evaluation_id(evaluator: str, trace_id: str) -> str:
    """Return the id of what an evaluator says of a trace, whichever of its versions says it."""
    return f"{evaluator}:{trace_id}"


def write_evaluations(
    engine: Engine,
    scope: Scope,
    by: By,
    evaluations: Sequence[EvaluatorEvaluation],
) -> int:
    """Store what a version of an evaluator says of traces; return how many of it is new.

    A trace has one evaluation by an evaluator: what a newer version says, or the same one of other texts, becomes its
    newest version. One that says nothing new of the same texts is not written again, even where somebody has
    retracted it. Raises StoreUnavailable.
    """
    standing = _standing(engine, scope, by.evaluator, [e.trace_id for e in evaluations])
    new = [e for e in evaluations if not _is_same(e, by.version, standing.get(e.trace_id))]
    if new:
        _insert(engine, scope, by, new, standing)
    return len(new)


def _standing(
    engine: Engine, scope: Scope, evaluator: str, trace_ids: Sequence[str]
) -> dict[str, _Standing]:
    if not trace_ids:
        return {}
    result = run(
        engine,
        scope,
        load("evaluators/standing"),
        trace_ids=list(trace_ids),
        name=evaluator,
        limit=len(trace_ids),
    )
    return {row[0]: _Standing(*row[1:]) for row in result.result_rows}


def _is_same(evaluation: EvaluatorEvaluation, version: str, before: _Standing | None) -> bool:
    return before is not None and (before.version, before.key, before.probability) == (
        version,
        evaluation.key,
        evaluation.probability,
    )


_COLUMNS: Final = (
    "project_id", "trace_id", "name", "id", "changed_at", "state", "time", "kind", "score", "label", "explanation",
    "source", "author", "evaluator_version", "probability", "verdict_key",
)  # fmt: skip


def _insert(
    engine: Engine,
    scope: Scope,
    by: By,
    evaluations: Sequence[EvaluatorEvaluation],
    standing: Mapping[str, _Standing],
) -> None:
    now_ns = time.time_ns()
    rows = []
    for e in evaluations:
        before = standing.get(e.trace_id)
        # Later than the version before, also where another process's clock is ahead of ours.
        changed_us = max(now_ns // 1000, before.changed_us + 1 if before else 0)
        rows.append([
            scope.project, e.trace_id, by.evaluator, evaluation_id(by.evaluator, e.trace_id), changed_us, "stands",
            now_ns, _kind(e), e.score, e.label[:MAX_LABEL], e.explanation[:MAX_TEXT], by.source, AUTHOR, by.version,
            e.probability, e.key,
        ])  # fmt: skip
    engine.client().insert("evaluation_versions", rows, column_names=list(_COLUMNS))
    engine.make_durable()


def _kind(evaluation: EvaluatorEvaluation) -> str:
    if evaluation.score is None:
        return "category"
    return "boolean" if evaluation.label in {"true", "false"} else "number"
