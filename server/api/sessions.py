"""GET /sessions and /sessions/{session_id}."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from server.api.deps import Cursor, EngineDep, Filter, Limit, ScopeDep, Search, WindowDep
from server.api.encode import encode, respond
from server.api.errors import NotFound
from server.api.models import SessionOut, TurnOut, documented, page_of
from storage import sessions

router = APIRouter(tags=["sessions"])


@router.get("/sessions", responses=documented(page_of("sessions", SessionOut)))
def list_sessions(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: WindowDep,
    q: Search = "",
    filter_: Filter = "",
    sort: Annotated[
        str,
        Query(
            description="start_time (of the latest trace) or evaluation.<name>; `-` turns it round."
        ),
    ] = "-start_time",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """List sessions that have a fitting trace, the one with the latest trace first."""
    page = sessions.list_sessions(
        engine, scope, window=window, q=q, filter=filter_, sort=sort, limit=limit, cursor=cursor
    )
    return respond(
        {"sessions": [encode(row) for row in page.rows], "next_cursor": page.next_cursor}
    )


@router.get(
    "/sessions/{session_id:path}",
    responses=documented(page_of("turns", TurnOut, session_id=str)),
)
def get_session(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    session_id: Annotated[str, Path(description="The id as the app sent it.")],
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """Return a conversation turn by turn, in order of time, with full texts."""
    page = sessions.session_turns(engine, scope, session_id, limit=limit, cursor=cursor)
    if not page.rows and not cursor:
        raise NotFound(f"there is no session {session_id[:100]!r} in this project")
    return respond(
        {
            "session_id": session_id,
            "turns": [encode(turn) for turn in page.rows],
            "next_cursor": page.next_cursor,
        }
    )
