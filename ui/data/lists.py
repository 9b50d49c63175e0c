"""The lists: traces, their histogram, sessions."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from storage import sessions, traces
from ui import rows, state
from ui.data.answers import json
from ui.services import Services

_PAGE = 100
_MOST_BUCKETS = 120


def routes(services: Services) -> APIRouter:
    """Return the endpoints of the list pages."""
    router = APIRouter()
    engine = services.engine

    @router.get("/traces")
    def list_traces(request: Request, cursor: str = "") -> Response:
        view = state.parse(request.query_params)
        page = traces.list_traces(
            engine,
            view.scope,
            window=view.range.window(datetime.now(UTC)),
            q=view.q,
            filter=view.filter,
            sort=view.sort,
            limit=_PAGE,
            cursor=cursor,
        )
        return json({"rows": [rows.trace(row) for row in page.rows], "next": page.next_cursor})

    @router.get("/histogram")
    def histogram(request: Request, buckets: int = 60) -> Response:
        view = state.parse(request.query_params)
        window = view.range.window(datetime.now(UTC))
        found = traces.histogram(
            engine,
            view.scope,
            window=window,
            q=view.q,
            filter=view.filter,
            buckets=max(1, min(buckets, _MOST_BUCKETS)),
        )
        ends = {
            "start": window.start_ns // 1_000_000,
            "end": window.end_ns // 1_000_000,
        }
        return json(ends | {"buckets": [rows.bucket(row) for row in found]})

    @router.get("/sessions")
    def list_sessions(request: Request, cursor: str = "") -> Response:
        view = state.parse(request.query_params)
        page = sessions.list_sessions(
            engine,
            view.scope,
            window=view.range.window(datetime.now(UTC)),
            q=view.q,
            filter=view.filter,
            sort=view.sort,
            limit=_PAGE,
            cursor=cursor,
        )
        return json({"rows": [rows.session(row) for row in page.rows], "next": page.next_cursor})

    return router
