"""GET /failures: why traces failed; GET /failures/{cause}/traces: which."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel

from analytics.failures.report import report
from analytics.failures.rules import BY_NAME, RULES
from server.api.deps import Cursor, EngineDep, Filter, Limit, ScopeDep, Search, WindowDep
from server.api.encode import encode, respond
from server.api.errors import NotFound
from server.api.models import documented
from storage import failures
from storage.errors import BadInput
from storage.failures import BY
from storage.window import Window

router = APIRouter(tags=["quality"])

USUAL_WINDOW: Final = timedelta(days=7)


def _usual(window: WindowDep) -> Window:
    """Return the window asked for; the last seven days if none is."""
    now = datetime.now(UTC)
    return window or Window(now - USUAL_WINDOW, now)


QualityWindow = Annotated[Window, Depends(_usual)]


class EvidenceOut(BaseModel):
    """Why a trace is said to have failed; `span_id` is '' where the trace as a whole says so."""

    cause: str
    span_id: str
    field: str
    reason: str


class FailureExample(BaseModel):
    """A trace that failed."""

    trace_id: str
    start_time: str
    start_time_unix_nano: int
    evidence: EvidenceOut


class FailureValue(BaseModel):
    """The traces of a cause that have one value; `share` is of all traces with that value, `of` of them."""

    value: str
    traces: int
    cost_usd: float
    share: float
    of: int


class ShareOut(BaseModel):
    """A share, or a difference of two, with its 95 % interval; where there is none, `note` says why."""

    value: float
    low: float | None
    high: float | None
    note: str


class FailureCause(BaseModel):
    """The traces that failed for one cause. Times are within the window."""

    cause: str
    title: str
    meaning: str
    traces: int
    share: ShareOut
    cost_usd: float
    before: int
    change: ShareOut
    tagged: int
    first_seen: str
    first_seen_unix_nano: int
    last_seen: str
    last_seen_unix_nano: int
    by: list[FailureValue]
    examples: list[FailureExample]


class FailuresAnswer(BaseModel):
    """Causes of a window, the most frequent first, beside the window before."""

    traces: int
    failed: int
    share: ShareOut | None
    cost_usd: float
    traces_before: int
    failed_before: int
    causes: list[FailureCause]


class FailedTraceOut(BaseModel):
    """A trace that failed, with all that went wrong in it; the first is its cause."""

    trace_id: str
    start_time: str
    start_time_unix_nano: int
    end_time: str
    end_time_unix_nano: int
    session_id: str
    tenant_id: str
    feature: str
    prompt_name: str
    prompt_version: str
    environment: str
    model: str
    cost_usd: float | None
    duration_ns: int
    causes: list[EvidenceOut]


class FailedTraces(BaseModel):
    """A page of traces that failed for one cause."""

    traces: list[FailedTraceOut]
    next_cursor: str | None


@router.get("/failures", responses=documented(FailuresAnswer))
def get_failures(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: QualityWindow,
    by: Annotated[
        str, Query(description=f"Also tells causes apart by one of {', '.join(BY)}.")
    ] = "",
    q: Search = "",
    filter_: Filter = "",
) -> Response:
    """Return why traces failed that start within the window; without one, within the last seven days.

    A trace has one cause, the first rule that fits; what else went wrong in it is a tag.
    """
    if by and by not in BY:
        raise BadInput(f"there are no failures by {by[:40]!r}", hint=f"by {', '.join(BY)}")
    found = report(engine, scope, window, by=by or None, q=q, filter=filter_)
    return respond(encode(found))


@router.get("/failures/{cause}/traces", responses=documented(FailedTraces))
def get_failed_traces(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: QualityWindow,
    cause: Annotated[str, Path(description="As `/failures` names it.")],
    tagged: Annotated[
        bool, Query(description="Also those that failed for another cause, with this one as a tag.")
    ] = False,
    q: Search = "",
    filter_: Filter = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """Return the traces that failed for a cause, the newest first, with the evidence."""
    if cause not in BY_NAME:
        raise NotFound(f"there is no cause {cause[:40]!r}; causes are {', '.join(BY_NAME)}")
    page = failures.traces_of(
        engine,
        scope,
        window,
        RULES,
        cause,
        with_tags=tagged,
        q=q,
        filter=filter_,
        limit=limit,
        cursor=cursor,
    )
    return respond({"traces": [encode(row) for row in page.rows], "next_cursor": page.next_cursor})
