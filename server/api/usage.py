"""GET /usage: what was used and spent, by any dimensions and steps of time; as JSON, CSV or Parquet."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from server.api.deps import EngineDep, ScopeDep
from server.api.encode import respond
from server.api.usage_models import UsageOut
from server.api.usage_questions import (
    KnownParameters,
    UsageForm,
    UsageWhere,
    UsageWindow,
    names_of,
    step_of,
)
from storage.costs.dimensions import DIMENSIONS
from storage.costs.usage import MAX_GROUPS, UsageQuestion, UsageRow, usage
from storage.costs.usage_export import MAX_EXPORTED, Form, export
from storage.costs.usage_figures import FIGURES

router = APIRouter(tags=["costs"], dependencies=[KnownParameters])

_DEFAULT_LIMIT: Final = 1000
_MEDIA: Final = {
    "csv": "text/csv; charset=utf-8; header=present",
    "parquet": "application/vnd.apache.parquet",
}
_FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": UsageOut, "content": {"text/csv": {}, "application/vnd.apache.parquet": {}}}
}


@router.get("/usage", responses=_FILES)
def get_usage(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: UsageWindow,
    where: UsageWhere,
    form: UsageForm,
    group_by: Annotated[
        list[str] | None,
        Query(description=f"Up to four of {', '.join(DIMENSIONS)}; separated by commas."),
    ] = None,
    step: Annotated[
        str, Query(description="Seconds, a length like 15m, or hour, day, week, month.")
    ] = "",
    time_zone: Annotated[
        str, Query(description="In which days, weeks and months begin; like Europe/Berlin.")
    ] = "UTC",
    figures: Annotated[
        list[str] | None, Query(description="Those that are wanted; fewer are answered faster.")
    ] = None,
    conversations: Annotated[
        bool, Query(description="Also what conversations cost; takes longer.")
    ] = False,
    order: Annotated[
        str, Query(description="A figure or dimension; `-` in front: the largest first.")
    ] = "-cost_usd",
    limit: Annotated[int | None, Query(description="Groups that come back.")] = None,
) -> Response:
    """Return calls, tokens and cost of the window's calls, in groups.

    `totals` are of all groups, also of those beyond `limit`. Calls without a known price are `unpriced_requests`, and
    add nothing to any cost. Money has all its digits.
    """
    asked = UsageQuestion(
        start=window.start,
        end=window.end,
        group_by=names_of(group_by),
        step=step_of(step),
        time_zone=time_zone,
        where=where,
        figures=names_of(figures) or FIGURES,
        with_conversations=conversations,
        order=order,
        limit=_limit(limit, form, step),
    )
    if form:
        return _file(export(engine, scope, asked, form), form)
    found = usage(engine, scope, asked)
    return respond(
        {
            "rows": [_row(row) for row in found.rows],
            "totals": found.totals.as_dict(),
            "has_more": found.has_more,
            "as_of": found.as_of,
            "start": found.steps.window.start,
            "end": found.steps.window.end,
        }
    )


def _limit(limit: int | None, form: Form | None, step: str) -> int:
    if limit is not None:
        return limit
    if form:
        return MAX_EXPORTED if not step else MAX_GROUPS // 10
    return _DEFAULT_LIMIT if not step else 100


def _row(row: UsageRow) -> dict[str, Any]:
    time = {"time": row.time} if row.time else {}
    return {**row.by, **time, **row.figures.as_dict()}


def _file(content: Any, form: Form) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="usage.{form}"'}
    return StreamingResponse(content, media_type=_MEDIA[form], headers=headers)
