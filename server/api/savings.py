"""GET /savings."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from analytics.intervals import Estimate
from analytics.savings.desk import Desk, Work
from analytics.savings.estimate import Saving
from analytics.savings.report import USUAL, Report
from server.api.deps import ScopeDep, WindowDep
from server.api.encode import encode, respond
from server.api.models import documented
from storage.literals import rfc3339
from storage.window import Slice, Window

router = APIRouter(tags=["costs"])

_USUAL_WINDOW: Final = timedelta(days=28)
_WAIT_S: Final = 2.0
"""How long a request waits for a report before it tells how far it is."""


class SavedUsd(BaseModel):
    """USD with the 95 % interval for a period like this one; where there is none, `note` says why."""

    value: float
    low: float | None
    high: float | None
    note: str


class SavingGroup(BaseModel):
    """Part of a saving; `filter` finds the traces behind it."""

    name: str
    calls: int
    cost_usd: float
    saved_usd: float
    note: str
    filter: str


class SavingEvidence(BaseModel):
    """A trace that would have cost less, and the one that had its answer, where there is one."""

    trace_id: str
    saved_usd: float
    other_trace_id: str
    note: str


class SavingOut(BaseModel):
    """What one way of saving would have come to, taken alone."""

    method: str
    saved_usd: SavedUsd
    calls: int
    how: str
    assumptions: list[str]
    figures: dict[str, Any]
    groups: list[SavingGroup]
    evidence: list[SavingEvidence]
    left_out: list[str]


class SavingsReport(BaseModel):
    """All ways of saving; `calls` were looked at of `all_calls`, those from `looked_at_from` on."""

    kept: str
    days: int
    calls: int
    cost_usd: float
    all_calls: int
    all_cost_usd: float
    looked_at_from: str
    together_usd: SavedUsd
    savings: list[SavingOut]


class SavingsAnswer(BaseModel):
    """A report, or how far it is."""

    state: Literal["working", "done"]
    step: str
    done: float
    start: str
    end: str
    report: SavingsReport | None


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.savings
    return desk


@router.get("/savings", responses=documented(SavingsAnswer))
def savings(
    desk: Annotated[Desk, Depends(_desk)],
    scope: ScopeDep,
    window: WindowDep,
    kept: Annotated[
        Literal["1h", "24h", "7d"], Query(description="How long caches keep an answer.")
    ] = USUAL,
) -> Response:
    """Return what the calls of a window (without one, the last 28 days) would have cost less, with intervals.

    A report takes seconds on 100,000 calls, the most that is looked at. While it is worked out, `state` is `working`
    and `step` and `done` (0 to 1) tell how far it is: ask again with the `start` and `end` of the answer. It is kept
    for ten minutes; the ends of the window are rounded down to five.
    """
    work = desk.ask(scope, _part(window), kept)
    found = work.within(_WAIT_S)
    return respond(
        {
            "state": "working" if found is None else "done",
            "step": work.step,
            "done": work.done if found is None else 1.0,
            "start": rfc3339(work.part.start_ns),
            "end": rfc3339(work.part.end_ns),
            "report": _report(found, work) if found else None,
        }
    )


def _part(window: Window | None) -> Slice:
    now = datetime.now(UTC)
    asked = window or Window(now - _USUAL_WINDOW, now)
    return Slice(asked.start_ns, asked.end_ns)


def _report(found: Report, work: Work) -> dict[str, Any]:
    examined = found.examined
    return {
        "kept": work.kept,
        "days": found.days,
        "calls": examined.calls,
        "cost_usd": examined.cost_usd,
        "all_calls": examined.all_calls,
        "all_cost_usd": examined.all_cost_usd,
        "looked_at_from": rfc3339(examined.part.start_ns),
        "together_usd": _estimate(found.together),
        "savings": [_saving(saving) for saving in found.savings],
    }


def _saving(saving: Saving) -> dict[str, Any]:
    return {
        "method": saving.method,
        "saved_usd": _estimate(saving.estimate),
        "calls": saving.calls,
        "how": saving.how,
        "assumptions": saving.assumptions,
        "figures": saving.figures,
        "groups": [encode(group) for group in saving.groups],
        "evidence": [encode(piece) for piece in saving.evidence],
        "left_out": saving.left_out,
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return encode(estimate)
