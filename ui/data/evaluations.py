"""Evaluations for the pages: the columns that lists can have, those of a trace, and their history.

They are written through the API (server/api/evaluations.py): there is one way to write.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from storage import evaluations, spans
from storage.client import Engine
from storage.control.access import Caller, Permission, current
from storage.control.evaluators import thresholds_of
from storage.evaluations import EvaluationRow
from storage.evaluators.thresholds import told_label
from storage.evaluators.writing import AUTHOR, evaluation_id
from storage.scope import Scope
from storage.spans import SpanDetail
from ui import header, scores, state
from ui.data.answers import json
from ui.detail import messages
from ui.detail.corrections import difference
from ui.services import Services

_MOST_COLUMNS: Final = 40
_ANSWERS: Final = frozenset({"chat", "text_completion", "generate_content"})
"""Operations whose output is an answer."""


def routes(services: Services) -> APIRouter:
    """Return the endpoints of score columns and of the panel of a trace."""
    router = APIRouter()
    engine = services.engine

    @router.get("/evaluation-names")
    def evaluation_names(request: Request) -> Response:
        view = state.parse(request.query_params)
        window = view.range.window(datetime.now(UTC))
        found = evaluations.names(engine, view.scope, window=window, limit=_MOST_COLUMNS)
        return json({"columns": scores.columns(found)})

    @router.get("/evaluations/{trace_id}")
    def of_trace(request: Request, trace_id: str, session: str = "") -> Response:
        view = state.parse(request.query_params)
        scope, trace_id = view.scope, trace_id.lower()
        given = evaluations.of_traces(engine, scope, [trace_id])
        with services.control.database.reading() as session_of_control:
            thresholds = thresholds_of(session_of_control, scope.project)
        found = [told(row, thresholds) for row in given]
        of_session = evaluations.of_sessions(engine, scope, [session]) if session else []
        answers = _answers(engine, scope, trace_id, found)
        caller = current()
        return json(
            {
                "me": caller.name,
                "may_annotate": caller.may(Permission.ANNOTATE, scope.project),
                "may_edit": caller.may(Permission.EDIT, scope.project),
                "badges": header.evaluation_badges(found),
                "evaluations": [
                    drawn(row, caller, answers.get(row.span_id, "")) | {"given": before.label}
                    for row, before in zip(found, given, strict=True)
                ],
                "session": [drawn(row, caller, "") for row in of_session],
            }
        )

    @router.get("/evaluation-history")
    def history(request: Request, id: str) -> Response:  # noqa: A002 - the word of the API
        view = state.parse(request.query_params)
        found = evaluations.history(engine, view.scope, id)
        return json({"versions": [drawn(row, current(), "") for row in reversed(found)]})

    @router.get("/answer/{trace_id}")
    def answer(request: Request, trace_id: str, span: str = "") -> Response:
        view = state.parse(request.query_params)
        text = answer_of(engine, view.scope, trace_id.lower(), span.lower())
        return json({"text": text})

    return router


def told(row: EvaluationRow, thresholds: Mapping[str, float]) -> EvaluationRow:
    """Return an evaluation with the label that the project's thresholds make of its score."""
    label = told_label(row.name, row.score, row.label, thresholds.get(row.name), source=row.source)
    return replace(row, label=label)


def drawn(row: EvaluationRow, caller: Caller, answer: str) -> dict[str, Any]:
    """Return a version of an evaluation as the browser draws it, a correction against `answer` where there is one."""
    changes = difference(answer, row.correction) if row.correction and answer else None
    return {
        "id": row.id,
        "trace_id": row.trace_id,
        "span_id": row.span_id,
        "session_id": row.session_id,
        "name": row.name,
        "kind": row.kind,
        "score": row.score,
        "label": row.label,
        "explanation": row.explanation,
        "correction": row.correction,
        "changes": changes,
        "source": row.source,
        "author": row.author,
        "time": row.time_unix_nano // 1_000_000,
        "changed": row.changed_at_unix_nano // 1_000_000,
        "is_retracted": row.is_deleted,
        "own": row.by_member and row.author == caller.name,
        "in_full": row.author == AUTHOR and row.id == evaluation_id(row.name, row.trace_id),
    }


def _answers(
    engine: Engine, scope: Scope, trace_id: str, found: Iterable[EvaluationRow]
) -> Mapping[str, str]:
    """Return the answers that were corrected, by span; '' stands for the whole trace."""
    corrected = {row.span_id for row in found if row.correction}
    return {span_id: answer_of(engine, scope, trace_id, span_id) for span_id in corrected}


def answer_of(engine: Engine, scope: Scope, trace_id: str, span_id: str) -> str:
    """Return what a span answered; without a span, what the trace did: its root, else its last model call."""
    if span_id:
        return _answer(spans.get_span(engine, scope, trace_id, span_id))
    trace = spans.get_trace(engine, scope, trace_id)
    if trace is None:
        return ""
    root = trace.facts.root_span_id if trace.facts else ""
    calls = [span.span_id for span in trace.spans if span.operation in _ANSWERS]
    for candidate in (root, *calls[-1:]):
        if candidate and (text := _answer(spans.get_span(engine, scope, trace_id, candidate))):
            return text
    return ""


def _answer(span: SpanDetail | None) -> str:
    """Return the written text of a span's output; its raw output where it holds no messages."""
    if span is None:
        return ""
    texts = (messages.written(message) for message in span.output_messages)
    return "\n\n".join(text for text in texts if text) or span.output
