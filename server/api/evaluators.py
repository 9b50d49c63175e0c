"""Evaluators: how they run in a project and how they are doing, backfills, and what they say of a trace in full."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, status
from sqlalchemy.orm import Session

from analytics.evaluation_runs.backfill import KIND
from analytics.evaluation_runs.of_trace import verdicts_of_trace
from analytics.evaluation_runs.state import evaluators_now
from server.api.deps import EngineDep, Limit, ProjectDep, ScopeDep
from server.api.errors import NotFound
from server.api.evaluator_models import (
    BackfillOut,
    EvaluatorOut,
    EvaluatorSettings,
    NewBackfill,
    VerdictOut,
)
from server.api.management import ControlDep, changing
from server.api.traces import TraceId, hex_id
from storage.control import evaluators, jobs
from storage.control.access import Permission, current
from storage.control.job_models import Job
from storage.control.projects import ensure_project
from storage.evaluators.thresholds import store_thresholds

router = APIRouter(tags=["evaluators"])

_NAME: Final = r"^[a-z][a-z0-9_]{0,63}$"

Name = Annotated[str, Path(pattern=_NAME, description="Name of the evaluator.")]
BackfillId = Annotated[int, Path(description="Id of the backfill.")]


@router.get("/evaluators")
def list_evaluators(
    engine: EngineDep, control: ControlDep, scope: ScopeDep
) -> dict[str, list[EvaluatorOut]]:
    """List the project's evaluators by name: what they read, how they are to run, and how they are doing."""
    found = evaluators_now(engine, control.database, scope)
    return {"evaluators": [EvaluatorOut.of(one) for one in found]}


@router.put("/evaluators/{evaluator}")
def change_evaluator(
    *,
    engine: EngineDep,
    control: ControlDep,
    project: ProjectDep,
    evaluator: Name,
    wanted: EvaluatorSettings,
) -> EvaluatorOut:
    """Say how an evaluator is to run: for what is stored from now on, and for hours that change again."""
    scope = current().scope(Permission.EDIT, project)
    spec = wanted.spec()
    ensure_project(control.database, scope.project)
    with changing(control) as change:
        setting = evaluators.change_settings(
            change.session, scope.project, evaluator, spec, changed_by=change.caller.name
        )
        change.record("evaluator.change", evaluator, scope.project, **spec.told())
        held = evaluators.set_threshold(setting)
    store_thresholds(engine, [held])
    found = evaluators_now(engine, control.database, scope, only=evaluator)
    return EvaluatorOut.of(found[0])


@router.post("/evaluators/{evaluator}/backfills", status_code=status.HTTP_202_ACCEPTED)
def start_backfill(
    control: ControlDep, project: ProjectDep, evaluator: Name, wanted: NewBackfill
) -> BackfillOut:
    """Have an evaluator deal with the traces of a range that its newest version has not judged, in the background."""
    scope = current().scope(Permission.EDIT, project)
    arguments = {"evaluator": evaluator, **wanted.stored()}
    ensure_project(control.database, scope.project)
    with changing(control) as change:
        job = jobs.enqueue(
            change.session, scope.project, KIND, arguments, created_by=change.caller.name
        )
        change.record("evaluator.backfill", str(job.id), scope.project, **arguments)
        return BackfillOut.of(job)


@router.get("/backfills")
def list_backfills(
    *,
    control: ControlDep,
    scope: ScopeDep,
    limit: Limit = 50,
    cursor: Annotated[int | None, Query(description="`next_cursor` of the page before.")] = None,
) -> dict[str, list[BackfillOut] | int | None]:
    """List backfills of the project's evaluators, the newest first, with progress."""
    with control.database.reading() as session:
        found = jobs.list_jobs(session, scope.project, KIND, limit=limit + 1, before=cursor)
        page = found[:limit]
        return {
            "backfills": [BackfillOut.of(job) for job in page],
            "next_cursor": page[-1].id if len(found) > limit else None,
        }


@router.get("/backfills/{backfill_id}")
def get_backfill(control: ControlDep, scope: ScopeDep, backfill_id: BackfillId) -> BackfillOut:
    """Return a backfill: how far it is, and what came of it."""
    with control.database.reading() as session:
        return BackfillOut.of(_backfill_of(session, scope.project, backfill_id))


@router.post("/backfills/{backfill_id}/cancel")
def cancel_backfill(
    control: ControlDep, project: ProjectDep, backfill_id: BackfillId
) -> BackfillOut:
    """Cancel a backfill: at once while it waits, else within seconds. What it has judged so far stays."""
    scope = current().scope(Permission.EDIT, project)
    with changing(control) as change:
        job = _backfill_of(change.session, scope.project, backfill_id)
        jobs.cancel(change.session, job)
        change.record("evaluator.cancel_backfill", str(job.id), scope.project)
        return BackfillOut.of(job)


@router.get("/traces/{trace_id}/verdicts")
def get_verdicts(
    engine: EngineDep, control: ControlDep, scope: ScopeDep, trace_id: TraceId
) -> dict[str, list[VerdictOut]]:
    """Return what evaluators say of a trace in full: claims with their evidence, findings, and the texts judged."""
    found = verdicts_of_trace(engine, control.database, scope, hex_id(trace_id, "trace_id"))
    if found is None:
        raise NotFound(f"there is no trace {trace_id} in this project")
    return {"verdicts": [VerdictOut.of(one) for one in found]}


def _backfill_of(session: Session, project: str, backfill_id: int) -> Job:
    """Return a backfill of the project. Raises NotFound."""
    job = jobs.get_job(session, project, backfill_id, KIND)
    if job is None:
        raise NotFound(f"there is no backfill {backfill_id} in this project")
    return job
