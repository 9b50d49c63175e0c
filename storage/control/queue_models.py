"""The tables of annotation queues."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.control import criteria
from storage.control.criteria import Criterion
from storage.control.models import MAX_EMAIL, Base, UtcTime, new_id, now

Unit = Literal["trace", "span"]
UNITS: Final[tuple[Unit, ...]] = ("trace", "span")

_ROW_ID: Final = BigInteger().with_variant(Integer, "sqlite")
_ID: Final = String(16)


class ItemState(StrEnum):
    """What became of an item."""

    OPEN = "open"
    """Judgements are missing."""
    DONE = "done"
    """As many people as it needs have answered, at least one of them with a judgement."""
    SKIPPED = "skipped"
    """As many as it needs have answered, and all of them skipped it."""


class AnswerState(StrEnum):
    """What a person has to do with an item."""

    LEASED = "leased"
    """Was handed out to them, theirs alone until `leased_until`."""
    ASSIGNED = "assigned"
    """Given to them by name; waits for them."""
    DONE = "done"
    SKIPPED = "skipped"


class Queue(Base):
    """Things to judge, by what, and by how many people each."""

    __tablename__ = "annotation_queues"
    __table_args__ = (UniqueConstraint("project", "name"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    project: Mapped[str] = mapped_column(ForeignKey("projects.name"))
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(2_000), default="")
    unit: Mapped[Unit] = mapped_column(String(8))
    """What an item is: a `trace` or a `span`."""
    annotators: Mapped[int] = mapped_column(default=1)
    """How many people answer for each item."""
    criteria_json: Mapped[list[dict[str, Any]]] = mapped_column("criteria", JSON)
    created_by: Mapped[str] = mapped_column(String(MAX_EMAIL))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    archived_at: Mapped[datetime | None] = mapped_column(UtcTime)

    @property
    def criteria(self) -> list[Criterion]:
        """What is asked about each item, in order."""
        return criteria.from_json(self.criteria_json)


class QueueFill(Base):
    """A sample that was put into a queue, with all that it takes to draw it again."""

    __tablename__ = "annotation_fills"

    id: Mapped[int] = mapped_column(_ROW_ID, primary_key=True, autoincrement=True)
    queue_id: Mapped[str] = mapped_column(
        ForeignKey("annotation_queues.id", ondelete="CASCADE"), index=True
    )
    filter: Mapped[str] = mapped_column(String(4_000))
    start: Mapped[datetime] = mapped_column(UtcTime)
    end: Mapped[datetime] = mapped_column(UtcTime)
    seed: Mapped[int] = mapped_column(BigInteger)
    wanted: Mapped[int]
    """Size of the sample that was asked for."""
    matched: Mapped[int] = mapped_column(BigInteger)
    """Traces or spans that the filter found in the window."""
    added: Mapped[int] = mapped_column(default=0)
    """Of the sample, those that were not in the queue before."""
    by: Mapped[str] = mapped_column(String(MAX_EMAIL))
    at: Mapped[datetime] = mapped_column(UtcTime, default=now)


class QueueItem(Base):
    """A trace or span to judge. Handed out in the order of ids."""

    __tablename__ = "annotation_items"
    __table_args__ = (
        UniqueConstraint("queue_id", "trace_id", "span_id"),
        Index("ix_annotation_items_queue_id_state_id", "queue_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(_ROW_ID, primary_key=True, autoincrement=True)
    queue_id: Mapped[str] = mapped_column(ForeignKey("annotation_queues.id", ondelete="CASCADE"))
    trace_id: Mapped[str] = mapped_column(String(32))
    span_id: Mapped[str] = mapped_column(String(16), default="")
    """Empty where the whole trace is judged."""
    state: Mapped[str] = mapped_column(String(8), default=ItemState.OPEN)
    fill_id: Mapped[int | None] = mapped_column(
        ForeignKey("annotation_fills.id", ondelete="SET NULL")
    )
    """The sample that it came with; None: it was added by id."""
    added_by: Mapped[str] = mapped_column(String(MAX_EMAIL))
    added_at: Mapped[datetime] = mapped_column(UtcTime, default=now)


class Answer(Base):
    """What one person has to do with one item. What they judged is in the evaluations, not here."""

    __tablename__ = "annotation_answers"
    __table_args__ = (Index("ix_annotation_answers_annotator_state", "annotator", "state"),)

    item_id: Mapped[int] = mapped_column(
        ForeignKey("annotation_items.id", ondelete="CASCADE"), primary_key=True
    )
    annotator: Mapped[str] = mapped_column(String(MAX_EMAIL), primary_key=True)
    """As evaluations name their author."""
    state: Mapped[str] = mapped_column(String(8))
    leased_until: Mapped[datetime | None] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(String(500), default="")
    """Why it was skipped."""
    answered_at: Mapped[datetime | None] = mapped_column(UtcTime)
