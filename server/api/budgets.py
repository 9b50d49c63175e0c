"""Budgets: make and change them, see how they stand and where they are heading, ask whether a call may be made."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response, status
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from analytics.budgets.checking import Verdict
from analytics.budgets.outlook import outlooks
from analytics.budgets.reading import read_book
from analytics.budgets.standing import Book, Terms
from analytics.budgets.watching import Watch
from server.api.budget_models import (
    BudgetChange,
    BudgetOut,
    BudgetWithStandingsOut,
    NewBudget,
    StandingWithOutlookOut,
    VerdictOut,
    shown,
    shown_standing,
    shown_with_outlook,
    shown_with_standings,
)
from server.api.deps import EngineDep, ProjectDep, ScopeDep
from server.api.encode import respond
from server.api.errors import NotFound
from server.api.management import Change, ControlDep, changing
from server.api.models import answer_of, documented
from storage.control import budgets
from storage.control.access import Permission, current
from storage.control.budget_models import Budget, Dimension
from storage.control.projects import ensure_project

router = APIRouter(tags=["budgets"])

MOST_SHOWN: Final = 20
"""Of a budget of each, how many of those that spent most are shown."""

_MAX_VALUE: Final = 1000
_MAX_ESTIMATE_USD: Final = 1_000_000

BudgetId = Annotated[str, Path(description="Id of the budget.")]
Asked = Annotated[str, Query(max_length=_MAX_VALUE)]


@router.get(
    "/budgets",
    responses=documented(answer_of("Budgets", budgets=list[BudgetWithStandingsOut], as_of=str)),
)
def list_budgets(engine: EngineDep, control: ControlDep, scope: ScopeDep) -> Response:
    """List the project's budgets by name, each with how it stands."""
    book = read_book(engine, control.database, scope)
    listed = [
        shown_with_standings(terms, book.standings(terms, book.as_of), MOST_SHOWN)
        for terms in book.budgets
    ]
    return respond({"budgets": listed, "as_of": book.as_of})


@router.post(
    "/budgets",
    status_code=status.HTTP_201_CREATED,
    response_model=None,
    responses={201: {"model": BudgetOut}},
)
def create_budget(control: ControlDep, project: ProjectDep, new: NewBudget) -> Response:
    """Make a budget. What was spent in the period that is under way counts."""
    scope = current().scope(Permission.EDIT, project)
    ensure_project(control.database, scope.project)
    with changing(control) as change:
        budget = budgets.create_budget(
            change.session, scope.project, new.spec(), created_by=change.caller.name
        )
        _record(change, "create", budget)
    answer = respond(shown(Terms.of(budget)))
    answer.status_code = status.HTTP_201_CREATED
    return answer


@router.get("/budgets/check", responses=documented(VerdictOut))
async def check(
    *,
    request: Request,
    project: ProjectDep,
    tenant: Asked = "",
    feature: Asked = "",
    user_tier: Asked = "",
    estimate_usd: Annotated[
        Decimal,
        Query(
            ge=0,
            le=_MAX_ESTIMATE_USD,
            decimal_places=12,
            description="What the call is expected to cost.",
        ),
    ] = Decimal(0),
    hold: Annotated[
        bool,
        Query(
            description="Reserve the estimate until the call is stored, for two minutes at most."
        ),
    ] = False,
) -> Response:
    """Tell whether a call may be made, from memory: what is known is about a second old.

    Keys that may send may ask, as may whoever reads. To hold takes from what others may spend: it needs `ingest`.
    """
    _may_ask(project, hold=hold)
    watch: Watch = request.app.state.budgets
    desk = watch.seen(project)
    if desk is None:
        desk = await run_in_threadpool(watch.desk, project)
    call: dict[str, str] = {
        Dimension.TENANT: tenant,
        Dimension.FEATURE: feature,
        Dimension.USER_TIER: user_tier,
    }
    verdict = desk.check(call, estimate_usd=estimate_usd, hold=hold)
    answer = respond(_shown_verdict(verdict, is_stale=watch.is_stale(project)))
    answer.headers["cache-control"] = "no-store"
    return answer


def _may_ask(project: str, *, hold: bool) -> None:
    """Return if the caller may ask whether a call may be made. Raises Forbidden."""
    caller = current()
    if hold or caller.may(Permission.INGEST, project):
        caller.scope(Permission.INGEST, project)
    else:
        caller.scope(Permission.READ, project)


def _shown_verdict(verdict: Verdict, *, is_stale: bool) -> dict[str, Any]:
    return {
        "allowed": verdict.allowed,
        "denied_by": verdict.denied_by,
        "budgets": [shown_standing(standing) for standing in verdict.standings],
        "as_of": verdict.as_of,
        "stale": is_stale,
    }


@router.get(
    "/budgets/{budget_id}",
    responses=documented(
        answer_of(
            "BudgetAndOutlook",
            budget=BudgetOut,
            standings=list[StandingWithOutlookOut],
            values=int,
            as_of=str,
        )
    ),
)
def get_budget(
    engine: EngineDep, control: ControlDep, scope: ScopeDep, budget_id: BudgetId
) -> Response:
    """Return a budget, how it stands and where it is heading: of a budget of each, for those that spent most."""
    book = read_book(engine, control.database, scope)
    terms = _terms_of(book, budget_id)
    at = datetime.now(UTC)
    standings = book.standings(terms, at)
    most = standings[:MOST_SHOWN]
    ahead = outlooks(engine, scope, terms, most, at)
    return respond(
        {
            "budget": shown(terms),
            "standings": [shown_with_outlook(*one) for one in zip(most, ahead, strict=True)],
            "values": len(standings),
            "as_of": book.as_of,
        }
    )


@router.patch("/budgets/{budget_id}", responses=documented(BudgetOut))
def change_budget(
    control: ControlDep, project: ProjectDep, budget_id: BudgetId, wanted: BudgetChange
) -> Response:
    """Change a budget, at once: in this process, and within a second or two in others."""
    scope = current().scope(Permission.EDIT, project)
    with changing(control) as change:
        budget = _budget_of(change.session, scope.project, budget_id)
        budgets.edit_budget(change.session, budget, wanted.spec(budget))
        _record(change, "change", budget)
    return respond(shown(Terms.of(budget)))


@router.delete("/budgets/{budget_id}", responses=documented(BudgetOut))
def remove_budget(control: ControlDep, project: ProjectDep, budget_id: BudgetId) -> Response:
    """Remove a budget: nothing is denied by it any more. What it was is in the audit log."""
    scope = current().scope(Permission.EDIT, project)
    with changing(control) as change:
        budget = _budget_of(change.session, scope.project, budget_id)
        _record(change, "remove", budget)
        budgets.remove_budget(change.session, budget)
    return respond(shown(Terms.of(budget)))


def _terms_of(book: Book, budget_id: str) -> Terms:
    for terms in book.budgets:
        if terms.id == budget_id:
            return terms
    raise _no_budget(budget_id)


def _budget_of(session: Session, project: str, budget_id: str) -> Budget:
    budget = budgets.get_budget(session, project, budget_id)
    if budget is None:
        raise _no_budget(budget_id)
    return budget


def _no_budget(budget_id: str) -> NotFound:
    return NotFound(f"there is no budget {budget_id[:40]} in this project")


def _record(change: Change, action: str, budget: Budget) -> None:
    """Write down a budget as it is then: who raised which limit is what people ask."""
    change.record(
        f"budget.{action}",
        budget.id,
        budget.project,
        name=budget.name,
        dimension=budget.dimension,
        value=budget.value,
        period=budget.period,
        time_zone=budget.time_zone,
        limit_usd=str(budget.limit_usd),
        warn_at=str(budget.warn_at),
        enforce=budget.enforce,
    )
