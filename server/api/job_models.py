"""What background jobs over a range of time have in common, as they are sent and taken."""

from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, Field

from server.api.people_models import Sent
from storage.control.job_models import Job, JobState
from storage.costs.usage import within_store
from storage.errors import BadInput
from storage.window import Window


class JobRange(Sent):
    """The range of time that a job is about."""

    start: AwareDatetime = Field(description="Included.")
    end: AwareDatetime = Field(description="Excluded.")

    def stored(self) -> dict[str, str]:
        """Return what a job is given of it: times in UTC, the part in which anything can be stored.

        Raises BadInput for a range without a moment in it.
        """
        if self.end <= self.start:
            raise BadInput(
                "the range ends before it begins", hint="`end` has to be later than `start`"
            )
        stored = within_store(Window(self.start, self.end))
        if stored.end <= stored.start:
            raise BadInput(
                "nothing can be stored of this range", hint="calls are kept of 1970 to 2105"
            )
        return {"start": stored.start.isoformat(), "end": stored.end.isoformat()}


class JobProgress(BaseModel):
    """How far it is: `done` of `total` `unit`s. `total` is null until it is known."""

    done: int
    total: int | None
    unit: str


class JobOut(BaseModel):
    """A background job over a range of time."""

    id: int
    state: JobState
    start: datetime
    end: datetime
    progress: JobProgress
    cancel_asked: bool
    """It is to stop, and will within seconds."""
    report: dict[str, Any] | None
    """What came of it; null until it is known."""
    error: str
    """Why it failed."""
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return a job as it is shown: its own members, and of its arguments those that the shape names."""
        own = {name: getattr(job, name) for name in cls.model_fields if hasattr(job, name)}
        progress = {"done": job.done, "total": job.total, "unit": job.unit}
        return cls.model_validate({**job.arguments, **own, "progress": progress})
