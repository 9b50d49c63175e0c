"""GET /comparisons: prompt versions or models side by side; GET /comparisons/verdict: for release pipelines."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from analytics.comparison.compare import BY, Sides, compare
from analytics.comparison.verdict import verdict
from analytics.outcomes import outcome_of
from server.api.deps import EngineDep, Filter, ScopeDep, Search, WindowDep
from server.api.encode import encode, respond
from server.api.failures import QualityWindow, ShareOut
from server.api.models import documented
from server.api.segments import OutcomeText, WorseWay
from storage.errors import BadInput
from storage.outcomes import Where

router = APIRouter(tags=["quality"])

_MAX_OUTCOMES: Final = 20

ByText = Annotated[str, Query(description=f"What is compared: {' or '.join(BY)}.")]
Side = Annotated[
    str, Query(description="A prompt version (`7` or `answer@7`) or a model, as its spans name it.")
]


class ComparisonOut(BaseModel):
    """How far the candidate is from the baseline in one outcome. A `difference` of latency or cost is a ratio."""

    outcome: str
    unit: Literal["share", "score", "ratio"]
    worse: Literal["higher", "lower"]
    baseline: float | None
    candidate: float | None
    difference: ShareOut | None
    at_any_time: ShareOut | None
    n_baseline: int
    n_candidate: int
    sessions: int
    left_out: int
    held_equal: list[str]
    not_held_equal: list[str]
    note: str


class ComparisonsAnswer(BaseModel):
    """One comparison for each outcome asked for."""

    by: str
    baseline: str
    candidate: str
    comparisons: list[ComparisonOut]


class VerdictAnswer(BaseModel):
    """Whether the candidate may replace the baseline: read `status`."""

    by: str
    baseline: str
    candidate: str
    status: Literal["better", "not_worse", "worse", "undecided"]
    reason: str
    margin: float
    alpha: float
    more_traces: int | None
    comparison: ComparisonOut


@router.get("/comparisons", responses=documented(ComparisonsAnswer))
def get_comparisons(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: QualityWindow,
    by: ByText,
    baseline: Side,
    candidate: Side,
    outcome: Annotated[
        list[str] | None,
        Query(
            max_length=_MAX_OUTCOMES,
            description="Of each, as for /segments; failures, latency and cost if none is named.",
        ),
    ] = None,
    q: Search = "",
    filter_: Filter = "",
) -> Response:
    """Return how two prompt versions or models compare on traffic that is alike otherwise, with 95 % intervals.

    `difference` has the interval for one look, `at_any_time` that which holds however often one looks while traces come
    in, if the start of the window stays.
    """
    sides = Sides(by, baseline, candidate)  # type: ignore[arg-type] # checked there
    where = Where(window, q, filter_)
    wanted = [outcome_of(text) for text in outcome or ("failures", "latency", "cost")]
    found = [compare(engine, scope, where, sides, one).comparison for one in wanted]
    return respond({**encode(sides), "comparisons": found})


@router.get("/comparisons/verdict", responses=documented(VerdictAnswer))
def get_verdict(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: WindowDep,
    by: ByText,
    baseline: Side,
    candidate: Side,
    outcome: OutcomeText,
    worse: WorseWay = None,
    margin: Annotated[
        float,
        Query(
            ge=0, description="How much worse is still good enough; of a ratio, 0.1 is 10 % more."
        ),
    ] = 0.0,
    q: Search = "",
    filter_: Filter = "",
) -> Response:
    """Return whether a candidate is better, not worse within the margin, worse, or undecided yet.

    It may be asked at any time and any number of times, if the start of the window stays: of all the answers together,
    one is wrong with a chance of at most `alpha`.
    """
    if window is None:
        raise BadInput(
            "the window has no start",
            hint="name one that stays, like the time of the roll-out: the verdict holds for data that only grows",
        )
    sides = Sides(by, baseline, candidate)  # type: ignore[arg-type] # checked there
    found = compare(
        engine,
        scope,
        Where(window, q, filter_),
        sides,
        outcome_of(outcome, worse=worse),
    )
    told = verdict(found, margin)
    return respond({**encode(sides), **encode(told)})
