"""A whole trace for its page, and one span as it is stored."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from storage import spans
from storage.spans import Trace
from ui import header, state
from ui.data.answers import json
from ui.services import Services
from ui.waterfall import waterfall


def routes(services: Services) -> APIRouter:
    """Return the endpoints of the trace page."""
    router = APIRouter()

    @router.get("/trace/{trace_id}")
    def get_trace(request: Request, trace_id: str) -> Response:
        view = state.parse(request.query_params)
        found = spans.get_trace(services.engine, view.scope, trace_id.lower())
        return _missing() if found is None else json(_page(services, view.project, found))

    @router.get("/trace/{trace_id}/{span_id}")
    def get_span(request: Request, trace_id: str, span_id: str) -> Response:
        view = state.parse(request.query_params)
        detail = spans.get_span(services.engine, view.scope, trace_id.lower(), span_id.lower())
        return _missing() if detail is None else json(asdict(detail))

    return router


def _page(services: Services, project: str, trace: Trace) -> dict[str, Any]:
    return {
        "trace_id": trace.trace_id,
        "header": header.of(trace, prefix=services.prefix, project=project),
        "logs": len(trace.logs),
        "session": trace.facts.session_id if trace.facts else "",
        "spans": waterfall(trace),
    }


def _missing() -> Response:
    reply = json({"kind": "missing", "message": "", "hint": "", "column": None})
    reply.status_code = 404
    return reply
