"""Evaluations: named judgements of spans, traces and sessions, by people, code and models.

One model for user feedback, annotation and evaluators, after `gen_ai.evaluation.*` of OpenTelemetry's conventions.
An evaluation is known by what it judges, its name and its id. Versions are kept, and the newest counts.

    evaluations.write(engine, scope, [Evaluation(name="grounded", value=0.8, trace_id=trace_id)])
"""

from storage.evaluation_checks import Evaluation
from storage.evaluation_rates import BY, Tally, rates
from storage.evaluation_reading import (
    NameInfo,
    history,
    list_evaluations,
    names,
    of_sessions,
    of_traces,
)
from storage.evaluation_rows import EvaluationRow, Score
from storage.evaluation_scores import scores_of_sessions, scores_of_spans, scores_of_traces
from storage.evaluation_writing import MAX_BATCH, retract, write

__all__ = [
    "BY",
    "MAX_BATCH",
    "Evaluation",
    "EvaluationRow",
    "NameInfo",
    "Score",
    "Tally",
    "history",
    "list_evaluations",
    "names",
    "of_sessions",
    "of_traces",
    "rates",
    "retract",
    "scores_of_sessions",
    "scores_of_spans",
    "scores_of_traces",
    "write",
]
