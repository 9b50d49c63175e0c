"""GET /spans."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from server.api.deps import Cursor, EngineDep, Filter, Limit, ScopeDep, Search, WindowDep
from server.api.encode import encode, respond
from server.api.models import SpanOut, documented, page_of
from storage import spans

router = APIRouter(tags=["spans"])


@router.get("/spans", responses=documented(page_of("spans", SpanOut)))
def list_spans(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: WindowDep,
    q: Search = "",
    filter_: Filter = "",
    sort: Annotated[
        str,
        Query(
            description="start_time, duration, cost, tokens or evaluation.<name>; `-` turns it round."
        ),
    ] = "-start_time",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """List spans, the newest first, with all attributes and without texts."""
    page = spans.list_spans(
        engine, scope, window=window, q=q, filter=filter_, sort=sort, limit=limit, cursor=cursor
    )
    return respond({"spans": [encode(row) for row in page.rows], "next_cursor": page.next_cursor})
