"""GET /groundedness: how often answers are not supported, as models, judges and people see it; how far they agree."""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from analytics.hallucination.judges import found_judges, judges_of, usual_judges
from analytics.hallucination.report import report
from server.api.deps import EngineDep, Filter, ScopeDep, Search
from server.api.encode import encode, respond
from server.api.failures import QualityWindow, ShareOut
from server.api.models import documented
from storage.errors import BadInput
from storage.outcomes import Where
from storage.traces import MAX_BUCKETS
from storage.window import Window

router = APIRouter(tags=["quality"])

_USUAL_STEPS: Final = 28


class JudgedRateOut(BaseModel):
    """The share of answers that a judge calls unsupported. `stand_for`: how many those judged stand for."""

    traces: int
    stand_for: float
    unsupported: int
    rate: ShareOut


class JudgeOut(BaseModel):
    """What a judge says of the window, and of the one before of the same length. `judge` is its name and source."""

    judge: str
    name: str
    source: Literal["model", "code", "human"]
    kind: Literal["own_model", "llm_judge", "cascade", "people", "other"]
    forms: list[Literal["label", "boolean", "number"]]
    now: JudgedRateOut | None
    before: JudgedRateOut | None
    change: ShareOut | None


class GroundedStepOut(BaseModel):
    """What the main judge says of the traces that start within a step; steps without any are left out."""

    start: str
    judged: JudgedRateOut


class GroundedGroupOut(BaseModel):
    """What the main judge says of traces with one thing in common; `rest` is the difference to all other groups."""

    by: Literal["model", "prompt_version", "feature", "tenant_id"]
    value: str
    prompt: str
    judged: JudgedRateOut
    rest: ShareOut | None


class HelpedRateOut(BaseModel):
    """The rate by a judge's standard with a model's help. `worth`: as many times the sample would do without it."""

    judge: str
    model: str
    rate: ShareOut
    sampled: int
    help: float
    worth: float


class PairAgreementOut(BaseModel):
    """How far two judges agree on traces that both judged; `kappa` is Cohen's."""

    first: str
    second: str
    traces: int
    both: int
    first_only: int
    second_only: int
    neither: int
    same: float | None
    kappa: ShareOut | None
    note: str


class GroundednessAnswer(BaseModel):
    """How often answers are not supported. `steps` and `groups` are of the judge `main`."""

    judges: list[JudgeOut]
    main: str
    step_s: float
    steps: list[GroundedStepOut]
    groups: list[GroundedGroupOut]
    helped: list[HelpedRateOut]
    agreement: list[PairAgreementOut]


@router.get("/groundedness", responses=documented(GroundednessAnswer))
def get_groundedness(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: QualityWindow,
    judge: Annotated[
        list[str] | None,
        Query(
            description="Name and source of evaluations, `groundedness:model`; the usual ones if none is named. "
            "The first that judged anything is told over time and in groups."
        ),
    ] = None,
    step_s: Annotated[
        float | None, Query(gt=0, description="Seconds of a step; a 28th of the window if none.")
    ] = None,
    q: Search = "",
    filter_: Filter = "",
) -> Response:
    """Return how often answers are not supported by what was retrieved, by each judge, with 95 % intervals.

    Answers of which a judge saw a sample count by how likely each was to be in it. Without a window, of the last seven
    days.
    """
    judges = judges_of(judge or ()) or usual_judges(found_judges(engine, scope, window))
    found = report(engine, scope, Where(window, q, filter_), judges, step=_step(window, step_s))
    told: dict[str, Any] = encode(found)
    told["step_s"] = told.pop("step").total_seconds()
    return respond(told)


def _step(window: Window, step_s: float | None) -> timedelta:
    length = window.end - window.start
    if step_s is None:
        return max(timedelta(seconds=1), length / _USUAL_STEPS)
    if step_s < 1 or length.total_seconds() > step_s * MAX_BUCKETS:
        raise BadInput(
            "the step does not suit the window",
            hint=f"a second or more, and a window has at most {MAX_BUCKETS} of them",
        )
    return timedelta(seconds=step_s)
