"""The table of background jobs."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.control.models import MAX_EMAIL, Base, UtcTime, now

JobKind = Literal["recost", "evaluate"]
"""What a job does."""

KINDS: Final[tuple[JobKind, ...]] = ("recost", "evaluate")

MAX_WORKER: Final = 100
"""Characters of a worker's name."""
MAX_ERROR: Final = 2_000
"""Characters that are kept of why a job failed."""


class JobState(StrEnum):
    """What became of a job. The last three are for good."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_RUNNING: Final = text("state = 'running'")


class Job(Base):
    """Work on a project's data that outlives the request that asked for it, and the process that does it."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_project_kind_id", "project", "kind", "id"),
        Index("ix_jobs_state", "state"),
        # Claiming sees to it; should it fail to, this makes an error of it and not two costings at once.
        Index(
            "uq_jobs_running",
            "project",
            "kind",
            unique=True,
            sqlite_where=_RUNNING,
            postgresql_where=_RUNNING,
        ),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    """Jobs of a project and kind run in the order of ids."""
    project: Mapped[str] = mapped_column(ForeignKey("projects.name"))
    kind: Mapped[JobKind] = mapped_column(String(32))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16), default=JobState.QUEUED)
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    """Of `total`, in `unit`s."""
    total: Mapped[int | None] = mapped_column(BigInteger)
    """None: not known yet."""
    unit: Mapped[str] = mapped_column(String(32), default="")
    """What progress is counted in: `hours`, `calls`."""
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What came of it, as the kind of job has it."""
    error: Mapped[str] = mapped_column(String(MAX_ERROR), default="")
    created_by: Mapped[str] = mapped_column(String(MAX_EMAIL))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When it was claimed first."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When its worker was last heard of."""
    worker: Mapped[str] = mapped_column(String(MAX_WORKER), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    """Workers that have claimed it; those that gave it back do not count."""
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    """Its worker is to stop, and will see so at its next heartbeat."""
