"""The tables of evaluators: how a project wants them to run, and how they are doing."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.control.exact_decimal import ExactDecimal
from storage.control.models import MAX_EMAIL, Base, UtcTime, now

MAX_EVALUATOR: Final = 100
"""Characters of an evaluator's name."""
MAX_EVALUATOR_VERSION: Final = 100
MAX_EVALUATOR_ERROR: Final = 500


class EvaluatorSetting(Base):
    """How a project wants an evaluator to run. Without a row it runs as every evaluator does unasked."""

    __tablename__ = "evaluator_settings"

    project: Mapped[str] = mapped_column(ForeignKey("projects.name"), primary_key=True)
    name: Mapped[str] = mapped_column(String(MAX_EVALUATOR), primary_key=True)
    enabled: Mapped[bool]
    sampling: Mapped[dict[str, Any]] = mapped_column(JSON)
    """`storage.evaluators.work.Sampling` as JSON."""
    daily_cap_usd: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    """What it may cost from one midnight in UTC to the next. None: no limit."""
    threshold: Mapped[float | None]
    """Of its scores, for whoever counts trips or unsupported answers. None: the evaluator's own."""
    since: Mapped[datetime | None] = mapped_column(UtcTime)
    """When it was switched on. None: it never was off."""
    changed_by: Mapped[str] = mapped_column(String(MAX_EMAIL))
    changed_at: Mapped[datetime] = mapped_column(UtcTime, default=now, onupdate=now)


class EvaluatorState(Base):
    """How an evaluator is doing in a project, as the worker that runs it says."""

    __tablename__ = "evaluator_states"

    project: Mapped[str] = mapped_column(ForeignKey("projects.name"), primary_key=True)
    name: Mapped[str] = mapped_column(String(MAX_EVALUATOR), primary_key=True)
    first_seen_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    """When a worker first had it and the project."""
    version: Mapped[str] = mapped_column(String(MAX_EVALUATOR_VERSION), default="")
    reads: Mapped[list[str]] = mapped_column(JSON, default=list)
    errors: Mapped[int] = mapped_column(BigInteger, default=0)
    """How often it could not judge."""
    error: Mapped[str] = mapped_column(String(MAX_EVALUATOR_ERROR), default="")
    """Why, the last time."""
    error_at: Mapped[datetime | None] = mapped_column(UtcTime)
    held_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """Until when it is left alone, after an error or because its cap for the day is spent."""
    held_because: Mapped[str] = mapped_column(String(MAX_EVALUATOR_ERROR), default="")
