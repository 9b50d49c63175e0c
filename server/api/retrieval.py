"""GET /retrieval: how good it was; its documents: which were used; traces of a measure: where to look."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from analytics.retrieval.report import report
from server.api.deps import Cursor, EngineDep, Filter, Limit, ScopeDep, Search
from server.api.encode import encode, respond
from server.api.errors import NotFound
from server.api.failures import QualityWindow
from server.api.models import documented
from server.api.retrieval_models import NotedTraces, RetrievalAnswer, RetrievedDocuments
from storage import literals, retrieval
from storage.errors import BadInput
from storage.outcomes import Where
from storage.retrieval import BY, MEASURES, ORDERS

router = APIRouter(tags=["quality"])


@router.get("/retrieval", responses=documented(RetrievalAnswer))
def get_retrieval(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: QualityWindow,
    by: Annotated[str, Query(description=f"One of {', '.join(BY)}.")] = "",
    step: Annotated[str, Query(description="Length of a step over time, like 1h or 1d.")] = "",
    q: Search = "",
    filter_: Filter = "",
) -> Response:
    """Return how good retrieval was in the traces that start within the window; without one, in the last seven days."""
    if by and by not in BY:
        raise BadInput(f"retrieval cannot be told by {by[:40]!r}", hint=f"by {', '.join(BY)}")
    where = Where(window, q, filter_)
    found = report(engine, scope, where, by=by or None, step=_step(step))
    return respond(encode(found))


@router.get("/retrieval/documents", responses=documented(RetrievedDocuments))
def get_documents(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: QualityWindow,
    order: Annotated[str, Query(description=f"One of {', '.join(ORDERS)}.")] = "unused",
    q: Search = "",
    filter_: Filter = "",
    limit: Limit = 50,
) -> Response:
    """Return documents that traces were given: those no answer rests on, those that made-up claims are near, or all."""
    if order not in ORDERS:
        raise BadInput(f"there is no order {order[:40]!r}", hint=f"one of {', '.join(ORDERS)}")
    found = retrieval.documents(engine, scope, Where(window, q, filter_), order, limit=limit)
    return respond({"documents": [encode(one) for one in found]})


@router.get("/retrieval/{measure}/traces", responses=documented(NotedTraces))
def get_noted(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: QualityWindow,
    measure: Annotated[str, Path(description=f"One of {', '.join(MEASURES)}.")],
    q: Search = "",
    filter_: Filter = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """Return the traces that are worth a look in a measure, the newest first."""
    if measure not in MEASURES:
        raise NotFound(f"there is no measure {measure[:40]!r}; they are {', '.join(MEASURES)}")
    page = retrieval.noted(
        engine, scope, Where(window, q, filter_), measure, limit=limit, cursor=cursor
    )  # fmt: skip
    return respond({"traces": [encode(row) for row in page.rows], "next_cursor": page.next_cursor})


def _step(text: str) -> timedelta | None:
    if not text:
        return None
    nanoseconds = literals.duration_ns(text)
    if nanoseconds is None:
        raise BadInput(f"step is {text[:40]!r}", hint="write a number with a unit, like 1h or 1d")
    return timedelta(microseconds=nanoseconds // 1000)
