"""The worker in this process: what it finds when it begins."""

from analytics.worker import Worker
from storage.client import Engine
from storage.control import jobs
from storage.control.control import Control
from storage.control.job_models import Job, JobState
from storage.control.projects import ensure_project
from tests.engine import wait_until

ALL = {"start": "2020-01-01T00:00:00+00:00", "end": "2100-01-01T00:00:00+00:00", "from": "prices"}


def test_a_job_of_a_killed_process_is_gone_on_with_at_once(
    engine: Engine, control: Control, project: str
) -> None:
    """Whoever has the store's directory need not wait until the other one has been silent for a minute."""
    ensure_project(control.database, project)
    with control.database.session() as session:
        job_id = jobs.enqueue(session, project, "recost", ALL, created_by="eda").id
    with control.database.session() as session:
        assert jobs.claim(session, "killed") is not None
    worker = Worker(engine, control.database, evaluators=dict)

    def state() -> str:
        with control.database.reading() as session:
            job = session.get(Job, job_id)
            assert job is not None
            return job.state

    worker.start()
    try:
        wait_until(lambda: state() == JobState.DONE, 40, what="the job's end")
    finally:
        worker.stop()
