"""GET /segments: where an outcome is worse."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from analytics.outcomes import outcome_of
from analytics.segments.report import report
from analytics.segments.search import LEAST, Q
from server.api.deps import EngineDep, Filter, ScopeDep, Search
from server.api.encode import encode, respond
from server.api.failures import QualityWindow, ShareOut
from server.api.models import documented
from storage.outcomes import Where

router = APIRouter(tags=["quality"])

OutcomeText = Annotated[
    str,
    Query(
        description="failures, latency, cost, evaluation.<name>, `evaluation.<name> < 0.5` or `... = label`."
    ),
]
WorseWay = Annotated[
    Literal["higher", "lower"] | None,
    Query(description="Which way an evaluation is worse; unasked, as its name tells."),
]


class EffectOut(BaseModel):
    """How far traces are from like ones. A `difference` of latency or cost is a ratio."""

    value: float
    others: float
    difference: ShareOut
    compared: int
    compared_with: int
    p: float


class PartOfSegment(BaseModel):
    """A segment that seems worse because of another one."""

    segment: dict[str, str]
    traces: int
    effect: EffectOut


class SegmentOut(BaseModel):
    """Traces that came out worse than like ones; `filter` finds them where the filter language has words for it."""

    segment: dict[str, str]
    traces: int
    effect: EffectOut
    before_matching: EffectOut
    p_adjusted: float
    held_equal: list[str]
    not_held_equal: list[str]
    explains: list[PartOfSegment]
    examples: list[str]
    filter: str


class SegmentsAnswer(BaseModel):
    """Where an outcome is worse, the surest first; `looked_at` of `traces` were looked at, drawn at random."""

    outcome: str
    unit: Literal["share", "score", "ratio"]
    worse: Literal["higher", "lower"]
    overall: float | None
    traces: int
    looked_at: int
    tested: int
    q: float
    segments: list[SegmentOut]


@router.get("/segments", responses=documented(SegmentsAnswer))
def get_segments(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: QualityWindow,
    outcome: OutcomeText = "failures",
    worse: WorseWay = None,
    false_discoveries: Annotated[
        float, Query(gt=0, le=0.5, description="Expected share of false ones among the segments.")
    ] = Q,
    least: Annotated[int, Query(ge=10, le=100_000, description="Traces of a segment.")] = LEAST,
    q: Search = "",
    filter_: Filter = "",
) -> Response:
    """Return the segments of traffic in which an outcome is worse than in traffic that is like it otherwise.

    Segments are one value, or a pair of values, of tenant, feature, model, prompt version, environment, input length,
    turn, hour of day and weekday (UTC). Without a window, of the last seven days. Takes some seconds.
    """
    found = report(
        engine,
        scope,
        Where(window, q, filter_),
        outcome_of(outcome, worse=worse),
        q=false_discoveries,
        least=least,
    )
    return respond(encode(found))
