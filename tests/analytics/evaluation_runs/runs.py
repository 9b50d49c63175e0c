"""Run evaluators over a project's traces, and read what they left behind."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from analytics.evaluation_runs.runner import EvaluationWork
from analytics.evaluators.contract import EvaluationFailed, Evaluator, Reads, Sample, Verdict
from storage.client import Engine
from storage.control import evaluators, jobs
from storage.control.control import Control
from storage.control.evaluators import EvaluatorSpec
from storage.control.job_models import Job
from storage.control.projects import ensure_project
from storage.evaluators.work import Sampling


@dataclass
class Counting:
    """An evaluator that remembers what it was asked. The score is how long the text is, in thousands of characters."""

    name: str = "length"
    version: str = "1"
    reads: Sequence[Reads] = ("answer",)
    asked: list[Sample] = field(default_factory=list)
    fails: Callable[[Sample], bool] = lambda _: False
    cost_usd: float = 0.0

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Judge, or fail where it is told to."""
        if any(self.fails(sample) for sample in samples):
            raise EvaluationFailed("the judge does not answer")
        self.asked += samples
        return [self._verdict(sample) for sample in samples]

    def _verdict(self, sample: Sample) -> Verdict:
        said = sample.answer or sample.text
        return Verdict(score=len(said) / 1000, label="long", cost_usd=self.cost_usd)


def enable(
    control: Control, project: str, *names: str, sampling: Sampling | None = None, **spec: Any
) -> None:
    """Switch evaluators on for all traces of a project, those that are stored already included."""
    ensure_project(control.database, project)
    wanted = EvaluatorSpec(enabled=True, sampling=sampling or Sampling(), **spec)
    with control.database.session() as session:
        for name in names:
            setting = evaluators.change_settings(
                session, project, name, wanted, changed_by="somebody"
            )
            setting.since = datetime.fromisoformat("2020-01-01T00:00:00+00:00")


@dataclass
class Run:
    """One worker over some evaluators. It deals with its own project only: the engine has those of other tests."""

    engine: Engine
    control: Control
    project: str
    evaluators: Mapping[str, Evaluator]
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        ensure_project(self.control.database, self.project)
        self.work = EvaluationWork(
            self.engine, self.control.database, lambda: self.evaluators, worker="a test",
            stopping=self.stopping, quiet_s=0,
        )  # fmt: skip

    def until_done(self) -> None:
        """Work until nothing is left."""
        for _ in range(100):
            if not self.work.step():
                return
        raise AssertionError("there is always something left to do")


def run_all(engine: Engine, control: Control, project: str, *evaluators: Evaluator) -> None:
    """Have evaluators deal with everything that is due in a project."""
    Run(engine, control, project, {e.name: e for e in evaluators}).until_done()


def scores(engine: Engine, project: str, name: str = "length") -> dict[str, float]:
    """Return the score of each trace, by the evaluation that stands."""
    return {trace: row["score"] for trace, row in standing(engine, project, name).items()}


def standing(engine: Engine, project: str, name: str = "length") -> dict[str, dict[str, Any]]:
    """Return of each trace the newest version of its evaluation."""
    newest: dict[str, dict[str, Any]] = {}
    for row in versions(engine, project, name):
        newest[row["trace_id"]] = row
    return newest


def versions(engine: Engine, project: str, name: str = "length") -> list[dict[str, Any]]:
    """Return every row of evaluations that was ever written, the oldest first."""
    columns = "trace_id, id, name, score, kind, label, source, author, evaluator_version, probability, verdict_key"
    found = engine.client().query(
        f"SELECT {columns} FROM evaluation_versions "  # noqa: S608 - ours
        "WHERE project_id = {project:String} AND name = {name:String} ORDER BY changed_at",
        parameters={"project": project, "name": name},
    )
    return [dict(zip(found.column_names, row, strict=True)) for row in found.result_rows]


def backfill(control: Control, project: str, name: str, start: str, end: str) -> int:
    """Ask for a backfill; return the id of the job."""
    with control.database.session() as session:
        job = jobs.enqueue(
            session, project, "evaluate", {"evaluator": name, "start": start, "end": end},
            created_by="somebody",
        )  # fmt: skip
        return job.id


def job_of(control: Control, project: str, job_id: int) -> Job:
    """Return a job of evaluating."""
    with control.database.reading() as session:
        job = jobs.get_job(session, project, job_id, "evaluate")
    assert job is not None
    return job
