"""Re-costing: have what stored calls cost worked out anew, watch it, cancel it. The worker does it."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, status
from sqlalchemy.orm import Session

from server.api.deps import Limit, ProjectDep, ScopeDep
from server.api.errors import NotFound
from server.api.management import ControlDep, changing
from server.api.recosting_models import NewRecost, RecostOut
from storage.control import jobs
from storage.control.access import Permission, current
from storage.control.job_models import Job, JobKind
from storage.control.projects import ensure_project

router = APIRouter(tags=["prices"])

_KIND: Final[JobKind] = "recost"

RecostId = Annotated[int, Path(description="Id of the re-costing.")]


@router.post("/recosts", status_code=status.HTTP_202_ACCEPTED)
def start_recost(control: ControlDep, project: ProjectDep, wanted: NewRecost) -> RecostOut:
    """Have stored calls of a range costed anew, in the background; one after the other in a project."""
    scope = current().scope(Permission.EDIT, project)
    arguments = wanted.arguments()
    ensure_project(control.database, scope.project)
    with changing(control) as change:
        job = jobs.enqueue(
            change.session, scope.project, _KIND, arguments, created_by=change.caller.name
        )
        change.record("recost.start", str(job.id), scope.project, **arguments)
        return RecostOut.of(job)


@router.get("/recosts")
def list_recosts(
    *,
    control: ControlDep,
    scope: ScopeDep,
    limit: Limit = 50,
    cursor: Annotated[int | None, Query(description="`next_cursor` of the page before.")] = None,
) -> dict[str, list[RecostOut] | int | None]:
    """List re-costings of the project, the newest first, with progress and reports."""
    with control.database.reading() as session:
        found = jobs.list_jobs(session, scope.project, _KIND, limit=limit + 1, before=cursor)
        page = found[:limit]
        return {
            "recosts": [RecostOut.of(job) for job in page],
            "next_cursor": page[-1].id if len(found) > limit else None,
        }


@router.get("/recosts/{recost_id}")
def get_recost(control: ControlDep, scope: ScopeDep, recost_id: RecostId) -> RecostOut:
    """Return a re-costing: how far it is, and what it changed once it is done."""
    with control.database.reading() as session:
        return RecostOut.of(_recost_of(session, scope.project, recost_id))


@router.post("/recosts/{recost_id}/cancel")
def cancel_recost(control: ControlDep, project: ProjectDep, recost_id: RecostId) -> RecostOut:
    """Cancel a re-costing: at once while it waits, else within seconds. The old figures stay as they are."""
    scope = current().scope(Permission.EDIT, project)
    with changing(control) as change:
        job = _recost_of(change.session, scope.project, recost_id)
        jobs.cancel(change.session, job)
        change.record("recost.cancel", str(job.id), scope.project)
        return RecostOut.of(job)


def _recost_of(session: Session, project: str, recost_id: int) -> Job:
    """Return a re-costing of the project. Raises NotFound."""
    job = jobs.get_job(session, project, recost_id, _KIND)
    if job is None:
        raise NotFound(f"there is no recost {recost_id} in this project")
    return job
