"""Background jobs: one at a time of a project and kind, each by one worker, whatever becomes of workers."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from storage.control import jobs
from storage.control.control import Control
from storage.control.job_models import Job, JobState
from storage.control.jobs import JobLost, beat, cancel, claim, enqueue, fail, finish, get_job
from storage.control.projects import ensure_project
from storage.errors import BadInput

PROJECT = "default"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DEAD = jobs.SILENCE + timedelta(seconds=1)


def ask(control: Control, project: str = PROJECT, **arguments: Any) -> int:
    """Put a job in the queue; return its id."""
    ensure_project(control.database, project)
    with control.database.session() as session:
        return enqueue(session, project, "recost", arguments, created_by="eda").id


def take(control: Control, worker: str = "ann", at: datetime = NOON) -> int | None:
    """Claim a job as a worker does; return its id."""
    with control.database.session() as session:
        job = claim(session, worker, at)
        return None if job is None else job.id


def said(
    control: Control, job_id: int, worker: str = "ann", done: int = 0, at: datetime = NOON
) -> bool:
    """Send a heartbeat; return whether the worker is to go on."""
    with control.database.session() as session:
        return beat(session, job_id, worker, done=done, total=10, unit="hours", now=at)


def end(control: Control, job_id: int, worker: str = "ann") -> None:
    """Finish a job."""
    with control.database.session() as session:
        finish(session, job_id, worker, {"changed_calls": 3})


def ask_to_stop(control: Control, job_id: int) -> None:
    """Cancel a job as a request does."""
    with control.database.session() as session:
        job = get_job(session, PROJECT, job_id, "recost")
        assert job is not None
        cancel(session, job)


def the(control: Control, job_id: int) -> Job:
    """Return a job as it is kept."""
    with control.database.reading() as session:
        return session.get_one(Job, job_id)


def test_a_job_goes_from_the_queue_to_its_report(control: Control) -> None:
    """Asked for, claimed, watched, done: each step with its time, progress and arguments."""
    job_id = ask(control, start="2026-05-01", ratio="0.1")
    waiting = the(control, job_id)
    assert (waiting.state, waiting.created_by) == (JobState.QUEUED, "eda")
    assert waiting.arguments == {"start": "2026-05-01", "ratio": "0.1"}
    assert (waiting.total, waiting.report, waiting.started_at) == (None, None, None)

    assert take(control) == job_id
    assert said(control, job_id, done=4, at=NOON + timedelta(seconds=5))
    running = the(control, job_id)
    assert (running.state, running.worker, running.started_at) == (JobState.RUNNING, "ann", NOON)
    assert (running.done, running.total, running.unit) == (4, 10, "hours")
    assert running.heartbeat_at == NOON + timedelta(seconds=5)
    end(control, job_id)

    ended = the(control, job_id)
    assert (ended.state, ended.done, ended.report) == (JobState.DONE, 10, {"changed_calls": 3})
    assert ended.finished_at is not None
    assert take(control) is None


def test_a_failed_job_says_why(control: Control) -> None:
    """The error is kept, cut where it is too long; the next job has its turn."""
    job_id, following = ask(control), ask(control)
    take(control)
    with control.database.session() as session:
        fail(session, job_id, "ann", "no price " * 1_000)

    job = the(control, job_id)
    assert (job.state, len(job.error), job.error[:8]) == (JobState.FAILED, 2_000, "no price")
    assert job.finished_at is not None
    assert take(control) == following


def test_jobs_of_a_project_run_one_after_the_other(control: Control) -> None:
    """The second waits until the first has ended; another project's does not."""
    first, second = ask(control), ask(control)
    other = ask(control, "elsewhere")

    assert take(control) == first
    assert take(control, "ben") == other
    assert take(control, "cem") is None
    end(control, first)
    assert take(control, "cem") == second


def test_a_worker_takes_only_what_it_can_do(control: Control) -> None:
    """A kind of job that this version does not know waits for one that does."""
    job_id = ask(control)

    with control.database.session() as session:
        assert claim(session, "ann", NOON, kinds=()) is None
    assert take(control) == job_id


def test_a_silent_workers_job_goes_to_another(control: Control) -> None:
    """A minute after its last heartbeat, not before; progress so far stays, and the first worker is told."""
    job_id = ask(control)
    take(control)
    said(control, job_id, done=7, at=NOON + timedelta(seconds=30))

    assert take(control, "ben", NOON + timedelta(seconds=30) + jobs.SILENCE) is None
    assert take(control, "ben", NOON + timedelta(seconds=30) + DEAD) == job_id

    taken = the(control, job_id)
    assert (taken.worker, taken.done, taken.attempts, taken.started_at) == ("ben", 7, 2, NOON)
    for late in (
        lambda: said(control, job_id),
        lambda: end(control, job_id),
        lambda: ask_stopped(control, job_id),
    ):
        with pytest.raises(JobLost):
            late()
    end(control, job_id, "ben")
    assert the(control, job_id).state == JobState.DONE


def ask_stopped(control: Control, job_id: int) -> None:
    """Say that a worker has stopped."""
    with control.database.session() as session:
        jobs.stop(session, job_id, "ann")


def test_a_job_that_workers_die_of_fails(control: Control) -> None:
    """It is not handed out for ever; what waits behind it has its turn in the same breath."""
    job_id, following = ask(control), ask(control)
    at = NOON
    for worker in range(jobs.MAX_ATTEMPTS):
        assert take(control, str(worker), at) == job_id
        at += DEAD

    assert take(control, "ann", at) == following
    job = the(control, job_id)
    assert (job.state, job.finished_at) == (JobState.FAILED, at)
    assert "5 workers stopped" in job.error


def test_a_job_that_is_given_back_goes_on_at_once(control: Control) -> None:
    """A worker that ends in order lets go; that is no attempt, however often it happens."""
    job_id = ask(control)
    for _ in range(jobs.MAX_ATTEMPTS + 1):
        assert take(control) == job_id
        with control.database.session() as session:
            jobs.give_back(session, job_id, "ann")
        assert the(control, job_id).state == JobState.QUEUED

    assert take(control, "ben") == job_id
    assert the(control, job_id).attempts == 1


def test_a_waiting_job_is_cancelled_at_once(control: Control) -> None:
    """Nobody claims it any more, and there is nothing to cancel a second time."""
    job_id = ask(control)
    ask_to_stop(control, job_id)

    assert the(control, job_id).state == JobState.CANCELLED
    assert take(control) is None
    with pytest.raises(BadInput, match="it is cancelled"):
        ask_to_stop(control, job_id)


def test_a_running_job_is_cancelled_at_its_next_beat(control: Control) -> None:
    """The worker is told to stop, and says when it has."""
    job_id = ask(control)
    take(control)
    ask_to_stop(control, job_id)
    ask_to_stop(control, job_id)

    assert (the(control, job_id).state, the(control, job_id).cancel_asked) == ("running", True)
    assert not said(control, job_id)
    ask_stopped(control, job_id)
    assert the(control, job_id).state == JobState.CANCELLED


def test_the_only_worker_takes_over_at_once(control: Control) -> None:
    """Jobs that ran when it began are its own to claim, what waits for them still waits, and the deaths count."""
    job_id, waiting = ask(control), ask(control)
    assert take(control, "ann") == job_id

    with control.database.session() as session:
        jobs.orphan_all(session, NOON)

    assert take(control, "ben") == job_id
    assert take(control, "ben") is None
    assert (the(control, job_id).attempts, the(control, waiting).state) == (2, JobState.QUEUED)


def test_a_cancelled_job_of_a_dead_worker_is_cleaned_up(control: Control) -> None:
    """Another worker gets it, and is told to stop at its first beat; one that is given back ends."""
    job_id = ask(control)
    take(control)
    ask_to_stop(control, job_id)

    assert take(control, "ben", NOON + DEAD) == job_id
    assert not said(control, job_id, "ben")
    with control.database.session() as session:
        jobs.give_back(session, job_id, "ben")
    assert the(control, job_id).state == JobState.CANCELLED


def test_jobs_are_listed_the_newest_first(control: Control) -> None:
    """Of a project, by pages; an id of another project's job finds nothing."""
    made = [ask(control) for _ in range(3)]
    other = ask(control, "elsewhere")

    with control.database.reading() as session:
        page = jobs.list_jobs(session, PROJECT, "recost", limit=2)
        rest = jobs.list_jobs(session, PROJECT, "recost", limit=2, before=page[-1].id)
        assert get_job(session, PROJECT, other, "recost") is None
    assert [job.id for job in [*page, *rest]] == made[::-1]


def test_only_so_many_jobs_wait(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit another one is refused; one that runs does not wait."""
    monkeypatch.setattr(jobs, "MAX_WAITING", 2)
    ask(control)
    take(control)
    ask(control)
    ask(control)

    with pytest.raises(BadInput, match="2 jobs of this kind"):
        ask(control)


def test_listeners_hear_of_a_job(control: Control) -> None:
    """A worker in this process need not wait for its next look."""
    ensure_project(control.database, PROJECT)
    heard: list[frozenset[str]] = []
    control.database.subscribe(heard.append)
    ask(control)

    assert heard == [frozenset({f"jobs:{PROJECT}"})]


def test_two_running_jobs_of_a_kind_cannot_be_kept(control: Control) -> None:
    """The database itself refuses what claiming sees to."""
    first, second = ask(control), ask(control)
    take(control)

    with pytest.raises(IntegrityError), control.database.session() as session:
        session.get_one(Job, second).state = JobState.RUNNING
    assert the(control, first).state == JobState.RUNNING
    assert the(control, second).state == JobState.QUEUED


def test_racing_workers_never_run_a_job_twice(control: Control) -> None:
    """Six workers and three projects: each job is done once, in order, and never two of a project at the same time."""
    projects = ("one", "two", "three")
    asked = {project: [ask(control, project) for _ in range(6)] for project in projects}
    lock, active, done, overlaps = (
        threading.Lock(),
        set[str](),
        list[tuple[str, int]](),
        list[int](),
    )
    left = threading.Semaphore(0)
    all_done = threading.Event()

    def work(worker: str) -> None:
        while not all_done.is_set():
            with control.database.session() as session:
                job = claim(session, worker, NOON)
            if job is None:
                left.acquire(timeout=0.02)  # until somebody is done with one
                continue
            with lock:
                overlaps.extend([job.id] if job.project in active else [])
                active.add(job.project)
            said(control, job.id, worker)
            with lock:
                active.discard(job.project)
                done.append((job.project, job.id))
                if len(done) == 18:
                    all_done.set()
            end(control, job.id, worker)
            left.release()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, [f"w{i}" for i in range(6)]))

    assert overlaps == []
    for project in projects:
        assert [job for of, job in done if of == project] == asked[project]


def test_of_two_claimers_at_once_one_gets_the_job(control: Control) -> None:
    """They start at the same moment, on a waiting job and on one whose worker died; again and again."""
    for _ in range(10):
        job_id = ask(control)
        for at in (NOON, NOON + DEAD):
            start = threading.Barrier(2)

            def race(
                worker: str, at: datetime = at, start: threading.Barrier = start
            ) -> int | None:
                start.wait()
                return take(control, worker, at)

            with ThreadPoolExecutor(2) as pool:
                got = list(pool.map(race, ["ann", "ben"]))
            assert sorted(got, key=lambda found: found is None) == [job_id, None]
        end(control, job_id, the(control, job_id).worker)


def test_a_job_waits_for_one_that_was_asked_for_before(control: Control) -> None:
    """While a request has not committed its job no later one is there to be claimed: ids would come out of order."""
    ask(control)
    with ThreadPoolExecutor(1) as pool:
        with control.database.session() as session:
            before = enqueue(session, PROJECT, "recost", {}, created_by="eda").id
            asking = pool.submit(ask, control)
            with pytest.raises(TimeoutError):
                asking.result(timeout=0.3)
        assert asking.result() > before


def test_jobs_run_in_the_order_of_asking_whoever_commits_first(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four people ask while a worker claims: it gets every job, by the order of ids."""
    monkeypatch.setattr(jobs, "MAX_WAITING", 40)
    claimed: list[int] = []
    all_asked = threading.Event()

    def work() -> None:
        while (job_id := take(control)) is not None or not all_asked.is_set():
            if job_id is not None:
                claimed.append(job_id)
                end(control, job_id)

    def ask_often(_: int) -> list[int]:
        return [ask(control) for _ in range(10)]

    with ThreadPoolExecutor(5) as pool:
        worker = pool.submit(work)
        try:
            asked = [job_id for share in pool.map(ask_often, range(4)) for job_id in share]
        finally:
            all_asked.set()
        worker.result()
    while (left := take(control)) is not None:
        claimed.append(left)
        end(control, left)

    assert claimed == sorted(asked)
