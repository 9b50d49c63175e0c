"""/evaluations: give, read and retract judgements; /evaluations/rates: what they come to; /evaluations/names."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from analytics import rates as analytics
from server.api.deps import (
    Cursor,
    EngineDep,
    Filter,
    Limit,
    ProjectDep,
    ScopeDep,
    Search,
    WindowDep,
)
from server.api.encode import encode, respond
from server.api.errors import NotFound
from server.api.evaluation_models import BodyDep, EvaluationsIn, judged_by, read
from server.api.models import (
    EvaluationNameOut,
    EvaluationOut,
    RateOut,
    answer_of,
    documented,
    page_of,
)
from storage import evaluations, literals, traces
from storage.control.access import Permission, current
from storage.errors import BadInput
from storage.window import Window, from_unix_nano

router = APIRouter(tags=["evaluations"])

Name = Annotated[str, Query(description="Name of the evaluation.")]


@router.post(
    "/evaluations",
    responses=documented(answer_of("Accepted", accepted=int, ids=list[str])),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": EvaluationsIn.model_json_schema()}},
        }
    },
)
def give(*, engine: EngineDep, project: ProjectDep, body: BodyDep) -> Response:
    """Store a batch of judgements, all or none; durable when this answers. The same id again is a new version.

    Keys that may ingest give any; people who may annotate give their own; keys for feedback give people's.
    """
    caller = current()
    scope = caller.scope(_writing(project), project)
    given = judged_by(caller, project, read(body))
    ids = evaluations.write(engine, scope, given, of_others=caller.may(Permission.INGEST, project))
    return respond({"accepted": len(ids), "ids": ids})


@router.get("/evaluations", responses=documented(page_of("evaluations", EvaluationOut)))
def list_evaluations(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: WindowDep,
    name: Name = "",
    source: Annotated[str, Query(description="human, code or model.")] = "",
    author: Annotated[str, Query(description="Who judged.")] = "",
    trace_id: Annotated[str, Query(description="32 hex digits.")] = "",
    span_id: Annotated[str, Query(description="16 hex digits.")] = "",
    session_id: Annotated[str, Query(description="Of a session judged as a whole.")] = "",
    evaluation_id: Annotated[str, Query(alias="id", description="As its writer chose it.")] = "",
    history: Annotated[
        bool, Query(description="Every version, retractions too; else the newest of each.")
    ] = False,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """List evaluations that were made within the window, the latest first."""
    page = evaluations.list_evaluations(
        engine,
        scope,
        window=window,
        name=name,
        source=source,
        author=author,
        trace_id=trace_id.lower(),
        span_id=span_id.lower(),
        session_id=session_id,
        id=evaluation_id,
        every_version=history,
        limit=limit,
        cursor=cursor,
    )
    return respond(
        {"evaluations": [encode(row) for row in page.rows], "next_cursor": page.next_cursor}
    )


@router.get(
    "/evaluations/names",
    responses=documented(answer_of("EvaluationNames", names=list[EvaluationNameOut])),  # type: ignore[valid-type]
)
def list_names(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: WindowDep,
    prefix: Annotated[str, Query(description="What they start with, whatever the case.")] = "",
    limit: Limit = 100,
) -> Response:
    """Return the names that evaluations within the window have, the commonest first."""
    found = evaluations.names(engine, scope, window=window or _ever(), prefix=prefix, limit=limit)
    return respond({"names": [encode(row) for row in found]})


@router.get(
    "/evaluations/rates",
    responses=documented(answer_of("RatesAnswer", rates=list[RateOut])),  # type: ignore[valid-type]
)
def rates(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: WindowDep,
    name: Name,
    by: Annotated[
        list[str] | None, Query(description=f"Up to two of {', '.join(evaluations.BY)}.")
    ] = None,
    step: Annotated[str, Query(description="Length of a step over time, like 1h or 1d.")] = "",
    q: Search = "",
    filter_: Filter = "",
) -> Response:
    """Return shares and means of the evaluations of one name, with 95 % intervals, over the window's traces."""
    length = _step(step)
    if window is None:
        extent = traces.extent(engine, scope, None)
        if extent is None:
            return respond({"rates": []})
        window = Window(from_unix_nano(extent.start_ns), from_unix_nano(extent.end_ns))
    found = analytics.rates(
        engine, scope, window, name, by=by or (), step=length, q=q, filter=filter_
    )
    return respond({"rates": [_encoded(rate) for rate in found]})


@router.delete(
    "/evaluations/{evaluation_id}",
    responses=documented(answer_of("Retracted", retracted=int)),
)
def retract(
    *,
    engine: EngineDep,
    project: ProjectDep,
    evaluation_id: Annotated[str, Path(description="As its writer chose it.")],
) -> Response:
    """Retract an evaluation: one's own, or any with the right to edit. Its history stays."""
    caller = current()
    may_edit = caller.may(Permission.EDIT, project)
    scope = caller.scope(Permission.EDIT if may_edit else Permission.ANNOTATE, project)
    author = None if may_edit else caller.name
    if not (retracted := evaluations.retract(engine, scope, evaluation_id, author=author)):
        raise NotFound("there is no such evaluation, or it is not yours")
    return respond({"retracted": retracted})


def _writing(project: str) -> Permission:
    """Return by which right the caller writes: the widest they have. Without any, that of feedback is asked for."""
    caller = current()
    for permission in (Permission.INGEST, Permission.ANNOTATE):
        if caller.may(permission, project):
            return permission
    return Permission.FEEDBACK


def _ever() -> Window:
    return Window(from_unix_nano(0), from_unix_nano(4_000_000_000 * 10**9))


def _step(text: str) -> timedelta | None:
    if not text:
        return None
    nanoseconds = literals.duration_ns(text)
    if nanoseconds is None:
        raise BadInput(f"step is {text[:40]!r}", hint="write a number with a unit, like 1h or 1d")
    return timedelta(microseconds=nanoseconds // 1000)


def _encoded(rate: analytics.Rate) -> dict[str, Any]:
    return {**encode(rate), "by": dict(rate.by)}
