"""GET /confidence: how sure models were of their answers, and whether that tells what went wrong."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from analytics.confidence import confidence
from analytics.outcomes import outcome_of
from server.api.deps import EngineDep, Filter, ScopeDep, Search
from server.api.encode import encode, respond
from server.api.failures import QualityWindow, ShareOut
from server.api.models import documented
from server.api.segments import OutcomeText, WorseWay
from storage.outcomes import Where

router = APIRouter(tags=["quality"])


class ConfidenceStep(BaseModel):
    """Traces whose answers had such a probability, and the share of them that came out badly."""

    low: float
    high: float
    traces: int
    bad: ShareOut | None


class ConfidenceAnswer(BaseModel):
    """The confidence of answers and what it tells: an `auroc` of 0.5 is chance, 1 perfect."""

    outcome: str
    traces: int
    with_confidence: int
    median: float | None
    steps: list[ConfidenceStep]
    auroc: ShareOut | None
    note: str


@router.get("/confidence", responses=documented(ConfidenceAnswer))
def get_confidence(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: QualityWindow,
    outcome: OutcomeText = "failures",
    worse: WorseWay = None,
    q: Search = "",
    filter_: Filter = "",
) -> Response:
    """Return how sure models were of their last answers, where spans hold log-probabilities, and what that tells.

    The probability of an answer is the geometric mean of those of its tokens. Without a window, of the last seven days.
    """
    where = Where(window, q, filter_)
    return respond(encode(confidence(engine, scope, where, outcome_of(outcome, worse=worse))))
