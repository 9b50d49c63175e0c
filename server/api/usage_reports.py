"""/usage/movers, /usage/distribution, /usage/unpriced, /usage/mismatches: what explains figures of usage."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from server.api.deps import EngineDep, Limit, ScopeDep, time_of
from server.api.encode import encode, respond
from server.api.models import MismatchOut, UnpricedModelOut, answer_of, documented
from server.api.usage_models import DistributionOut, MoversOut
from server.api.usage_questions import KnownParameters, UsageWhere, UsageWindow, names_of
from storage.costs.call_rows import mismatches, unpriced_models
from storage.costs.dimensions import DIMENSIONS
from storage.costs.distribution import MAX_BARS, distribution
from storage.costs.filtering import traces_filter
from storage.costs.movers import (
    DEFAULT_DIMENSIONS,
    Change,
    MoversQuestion,
    before,
    movers,
)
from storage.window import Window

router = APIRouter(tags=["costs"], dependencies=[KnownParameters])


@router.get("/usage/movers", responses=documented(MoversOut))
def get_movers(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: UsageWindow,
    where: UsageWhere,
    dimension: Annotated[
        list[str] | None,
        Query(description=f"Up to four of {', '.join(DIMENSIONS)}; separated by commas."),
    ] = None,
    before_start: Annotated[str, Query(description="Start of the window to compare with.")] = "",
    before_end: Annotated[str, Query(description="Its end, at the latest the other's start.")] = "",
    limit: Annotated[int, Query(description="Values of each dimension and pair.")] = 10,
) -> Response:
    """Return which values of which dimensions, alone and in pairs, explain how spend changed.

    Compared with the window of the same length right before, unless another is given. The changes of each dimension,
    `rest` included, add up to the total's, and so do the parts of each change, to the last digit.
    """
    found = movers(
        engine,
        scope,
        MoversQuestion(
            now=window,
            before=_before(window, before_start, before_end),
            dimensions=names_of(dimension) or DEFAULT_DIMENSIONS,
            where=where,
            limit=limit,
        ),
    )

    def told(change: Change) -> dict[str, Any]:
        narrowed = {**where, **{name: [value] for name, value in change.by.items()}}
        return {**_change(change), "filter": traces_filter(narrowed)}

    return respond(
        {
            "start": found.now.start,
            "end": found.now.end,
            "before_start": found.before.start,
            "before_end": found.before.end,
            "total": _change(found.total),
            "leading": [told(change) for change in found.leading],
            "by": [
                {
                    "dimensions": list(one.dimensions),
                    "changes": [told(change) for change in one.changes],
                    "rest": _change(one.rest) if one.rest else None,
                }
                for one in found.by
            ],
        }
    )


@router.get("/usage/distribution", responses=documented(DistributionOut))
def get_distribution(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: UsageWindow,
    where: UsageWhere,
    bars: Annotated[int, Query(description=f"At most, 1 to {MAX_BARS}.")] = 40,
) -> Response:
    """Return how many calls cost how much, each bar with the filter of the traces behind it.

    Bars are equally wide on a logarithmic scale; a first one with both ends 0 holds calls that cost nothing.
    """
    found = distribution(engine, scope, window.start, window.end, where=where, bars=bars)
    return respond(
        {
            "bars": [encode(bar) for bar in found.bars],
            "unpriced_requests": found.unpriced_requests,
            "unpriced_filter": found.unpriced_filter,
            "start": found.window.start,
            "end": found.window.end,
        }
    )


@router.get(
    "/usage/unpriced",
    responses=documented(answer_of("UnpricedModels", models=list[UnpricedModelOut])),  # type: ignore[valid-type]
)
def get_unpriced(
    *, engine: EngineDep, scope: ScopeDep, window: UsageWindow, limit: Limit = 100
) -> Response:
    """Return the models that no price is known of, as calls name them, the most called first."""
    found = unpriced_models(engine, scope, window, limit=limit)
    return respond({"models": [encode(row) for row in found]})


@router.get(
    "/usage/mismatches",
    responses=documented(answer_of("Mismatches", mismatches=list[MismatchOut])),  # type: ignore[valid-type]
)
def get_mismatches(
    *, engine: EngineDep, scope: ScopeDep, window: UsageWindow, limit: Limit = 100
) -> Response:
    """Return who reports usage that does not add up: `total` against its parts, or `uncovered` by the calls below."""
    found = mismatches(engine, scope, window, limit=limit)
    return respond({"mismatches": [encode(row) for row in found]})


def _before(window: Window, start: str, end: str) -> Window:
    usual = before(window)
    return Window(
        time_of("before_start", start) if start else usual.start,
        time_of("before_end", end) if end else usual.end,
    )


def _change(change: Change) -> dict[str, Any]:
    return {
        "by": dict(change.by),
        "before": encode(change.before),
        "now": encode(change.now),
        "change_usd": change.change_usd,
        "volume_usd": change.volume_usd,
        "rate_usd": change.rate_usd,
        "new_usd": change.new_usd,
        "gone_usd": change.gone_usd,
    }
