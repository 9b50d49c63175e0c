"""Background jobs: put in the queue by a request, claimed by a worker, watched and cancelled by people.

A project has one job of a kind running at a time; the others wait in the order of asking. A worker says by `beat`
that it is alive. One that is silent for `SILENCE` has died, and its job is claimed by another, so whatever a job does
may be done twice, by two workers that both believe that it is theirs: the first one learns otherwise at its next beat.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from storage.control.database import serialise, touch
from storage.control.job_models import KINDS, MAX_ERROR, Job, JobKind, JobState
from storage.control.models import now as clock
from storage.errors import BadInput

SILENCE: Final = timedelta(seconds=60)
"""After so long without a heartbeat a worker counts as dead. Workers beat every few seconds."""

MAX_WAITING: Final = 20
"""Jobs of one project and kind that wait."""

MAX_ATTEMPTS: Final = 5
"""Workers that may die of a job before it counts as failed."""

ENDED: Final = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
"""States that a job does not leave."""


class JobLost(Exception):  # noqa: N818 - says what is the case
    """The job is not this worker's any more: it was silent for too long, and another one has it. Leave it alone."""


def enqueue(
    session: Session, project: str, kind: JobKind, arguments: Mapping[str, Any], *, created_by: str
) -> Job:
    """Put a job in the queue. `arguments` are what JSON can hold. Raises BadInput where too many wait."""
    # By turns, so that ids of a project and kind are committed in their order: `claim` goes by it.
    serialise(session, f"jobs:{project}:{kind}")
    waiting = select(func.count()).where(
        Job.project == project, Job.kind == kind, Job.state == JobState.QUEUED
    )
    if session.scalar(waiting) >= MAX_WAITING:  # type: ignore[operator]  # a count is never null
        raise BadInput(
            f"{MAX_WAITING} jobs of this kind are waiting",
            hint="cancel some, or try again when they are done",
        )
    job = Job(
        project=project,
        kind=kind,
        arguments=dict(arguments),
        state=JobState.QUEUED,
        created_by=created_by,
    )
    session.add(job)
    session.flush()
    touch(session, f"jobs:{project}")
    return job


def claim(
    session: Session,
    worker: str,
    now: datetime | None = None,
    *,
    kinds: Collection[JobKind] = KINDS,
) -> Job | None:
    """Give a worker the next job to run, which is then its own; None where there is none.

    That is the first that waits in its project and kind while none of them runs, or one whose worker is dead. A job
    that `MAX_ATTEMPTS` workers have died of fails instead. `worker` names the process, uniquely: host, process id and
    a random part.
    """
    at = now or clock()
    while (job := session.scalars(_next(kinds, at)).first()) is not None:
        if job.attempts < MAX_ATTEMPTS:
            job.state, job.worker, job.attempts = JobState.RUNNING, worker, job.attempts + 1
            job.heartbeat_at, job.started_at = at, job.started_at or at
            session.flush()
            return job
        _end(job, JobState.FAILED, at)
        job.error = f"{job.attempts} workers stopped without a word while they ran it"
        session.flush()
    return None


def _next(kinds: Collection[JobKind], at: datetime) -> Select[Job]:
    """Return the question for the next job. The row is locked; one that another worker is claiming is passed over."""
    other = aliased(Job)
    in_the_way = select(other.id).where(
        other.project == Job.project,
        other.kind == Job.kind,
        or_(
            other.state == JobState.RUNNING,
            and_(other.state == JobState.QUEUED, other.id < Job.id),
        ),
    )
    is_next = and_(Job.state == JobState.QUEUED, ~in_the_way.exists())
    is_orphaned = and_(Job.state == JobState.RUNNING, Job.heartbeat_at < at - SILENCE)
    return (
        select(Job)
        .where(Job.kind.in_(kinds), or_(is_next, is_orphaned))
        .order_by(Job.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Job)
    )


def orphan_all(session: Session, now: datetime | None = None) -> None:
    """Count every worker that runs a job as dead: for a process that knows itself to be the only one, as it begins."""
    long_ago = (now or clock()) - SILENCE * 2
    session.execute(update(Job).where(Job.state == JobState.RUNNING).values(heartbeat_at=long_ago))


def beat(
    session: Session,
    job_id: int,
    worker: str,
    *,
    done: int,
    total: int | None,
    unit: str,
    now: datetime | None = None,
) -> bool:
    """Say that a worker is alive and how far it has come; return whether it is to go on, False: to stop.

    A worker that stops cleans up and says so by `stop`. Raises JobLost.
    """
    job = _held(session, job_id, worker)
    job.heartbeat_at = now or clock()
    job.done, job.total, job.unit = done, total, unit
    return not job.cancel_asked


def finish(session: Session, job_id: int, worker: str, report: Mapping[str, Any]) -> None:
    """Write down what came of a job that has been done, even where it was to be cancelled. Raises JobLost.

    `report` is what JSON can hold: money as text.
    """
    job = _held(session, job_id, worker)
    _end(job, JobState.DONE)
    job.report = dict(report)
    if job.total is not None:
        job.done = job.total


def note_report(session: Session, job_id: int, worker: str, report: Mapping[str, Any]) -> None:
    """Write down what will come of a job from here on, though there is still something to do. Raises JobLost.

    Nobody else can have the job before the session ends, so what is done within counts for this worker alone.
    """
    _held(session, job_id, worker).report = dict(report)


def fail(session: Session, job_id: int, worker: str, error: str) -> None:
    """Write down why a job failed: what its project's members read, so no texts of traces. Raises JobLost."""
    job = _held(session, job_id, worker)
    _end(job, JobState.FAILED)
    job.error = error[:MAX_ERROR]


def stop(session: Session, job_id: int, worker: str) -> None:
    """Write down that a worker has stopped as it was asked to, and that nothing of the job holds. Raises JobLost."""
    _end(_held(session, job_id, worker), JobState.CANCELLED)


def give_back(session: Session, job_id: int, worker: str) -> None:
    """Let go of a job because the process ends: another worker claims it at once. Raises JobLost."""
    job = _held(session, job_id, worker)
    if job.cancel_asked:
        _end(job, JobState.CANCELLED)
        return
    job.state, job.worker, job.attempts = JobState.QUEUED, "", job.attempts - 1
    job.heartbeat_at = None
    touch(session, f"jobs:{job.project}")


def cancel(session: Session, job: Job) -> None:
    """Cancel a job that `get_job` of this session gave: at once while it waits, else its worker is asked to stop.

    Raises BadInput where it has ended.
    """
    session.refresh(job, with_for_update=True)
    if job.state in ENDED:
        raise BadInput(f"this job has ended: it is {job.state}", hint="there is nothing to cancel")
    if job.state == JobState.QUEUED:
        _end(job, JobState.CANCELLED)
    job.cancel_asked = True


def get_job(session: Session, project: str, job_id: int, kind: JobKind) -> Job | None:
    """Return a job of a project and kind; None where there is none of that id."""
    job = session.get(Job, job_id)
    return job if job is not None and (job.project, job.kind) == (project, kind) else None


def list_jobs(
    session: Session, project: str, kind: JobKind, *, limit: int, before: int | None = None
) -> list[Job]:
    """Return jobs of a project and kind, the newest first, those before one."""
    found = select(Job).where(Job.project == project, Job.kind == kind)
    if before is not None:
        found = found.where(Job.id < before)
    return list(session.scalars(found.order_by(Job.id.desc()).limit(limit)))


def _held(session: Session, job_id: int, worker: str) -> Job:
    job = session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.state != JobState.RUNNING or job.worker != worker:
        raise JobLost(f"job {job_id} is not run by {worker} any more")
    return job


def _end(job: Job, state: JobState, at: datetime | None = None) -> None:
    job.state, job.finished_at = state, at or clock()
