"""The shapes of annotation queues, their items and judgements, as they are sent and taken."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from server.api.people_models import Sent, Shown
from storage.control.criteria import Criterion, Kind
from storage.control.queue_items import MAX_ITEMS
from storage.control.queue_models import Answer, ItemState, Queue, QueueItem, Unit
from storage.control.queues import Progress, QueueSpec
from storage.evaluations import EvaluationRow
from storage.queue_samples import SEEDS


class CriterionModel(Sent):
    """One question about each item. Its answers are evaluations of that name."""

    name: str
    kind: Kind
    labels: list[str] = Field(default_factory=list, description="Of a category, in order.")
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = Field(default=None, description="null: any number within the ends.")
    description: str = ""
    required: bool = True

    @classmethod
    def of(cls, criterion: Criterion) -> Self:
        """Return a criterion as it is shown."""
        return cls.model_validate(criterion, from_attributes=True)

    def criterion(self) -> Criterion:
        """Return the criterion that was sent."""
        values = self.model_dump()
        return Criterion(**{**values, "labels": tuple(values["labels"])})


class NewQueue(Sent):
    """A queue to make."""

    name: str
    description: str = ""
    unit: Unit = "trace"
    annotators: int = Field(default=1, description="How many people judge each item.")
    criteria: list[CriterionModel]

    def spec(self) -> QueueSpec:
        """Return the queue as storage takes it."""
        return QueueSpec(
            name=self.name,
            description=self.description,
            unit=self.unit,
            annotators=self.annotators,
            criteria=[criterion.criterion() for criterion in self.criteria],
        )


class QueueChange(Sent):
    """What is to change of a queue; what is left out stays."""

    name: str | None = None
    description: str | None = None
    unit: Unit | None = None
    annotators: int | None = None
    criteria: list[CriterionModel] | None = None
    archived: bool | None = Field(default=None, description="false brings an archived queue back.")

    def spec(self, queue: Queue) -> QueueSpec:
        """Return the queue as it is to be."""
        now: dict[str, Any] = {
            "name": queue.name,
            "description": queue.description,
            "unit": queue.unit,
            "annotators": queue.annotators,
            "criteria": [CriterionModel.of(criterion) for criterion in queue.criteria],
        }
        wanted = {
            name: value
            for name in NewQueue.model_fields
            if (value := getattr(self, name)) is not None
        }
        return NewQueue.model_construct(**{**now, **wanted}).spec()


class ShareOut(Shown):
    """What one person has done in a queue."""

    annotator: str
    done: int
    skipped: int
    waiting: int


class ProgressOut(Shown):
    """How far a queue has come; `items` is the sum of open, done and skipped."""

    items: int
    open: int
    done: int
    skipped: int
    people: list[ShareOut]


class QueueOut(BaseModel):
    """A queue and how far it has come."""

    id: str
    name: str
    description: str
    unit: Unit
    annotators: int
    criteria: list[CriterionModel]
    created_by: str
    created_at: datetime
    archived_at: datetime | None
    progress: ProgressOut

    @classmethod
    def of(cls, queue: Queue, progress: Progress) -> Self:
        """Return a queue as it is shown."""
        return cls(
            **{name: getattr(queue, name) for name in cls.model_fields if name not in _MADE},
            criteria=[CriterionModel.of(criterion) for criterion in queue.criteria],
            progress=ProgressOut.model_validate(progress),
        )


_MADE = frozenset({"criteria", "progress"})


class AnswerOut(Shown):
    """What one person has to do with an item: leased, assigned, done or skipped."""

    annotator: str
    state: str
    leased_until: datetime | None
    reason: str
    answered_at: datetime | None


class ItemOut(BaseModel):
    """A trace or span to judge, and who answers for it."""

    id: int
    trace_id: str
    span_id: str
    state: ItemState
    added_by: str
    added_at: datetime
    answers: list[AnswerOut]

    @classmethod
    def of(cls, item: QueueItem, answers: list[Answer]) -> Self:
        """Return an item as it is shown."""
        return cls(
            **{name: getattr(item, name) for name in cls.model_fields if name != "answers"},
            answers=[AnswerOut.model_validate(answer) for answer in answers],
        )


class SubjectIn(Sent):
    """A trace, or a span of one."""

    trace_id: str = Field(description="32 hex digits.", pattern="^[0-9a-fA-F]{1,64}$")
    span_id: str = Field(default="", pattern="^[0-9a-fA-F]{0,32}$")


class SampleIn(Sent):
    """A random sample of what a filter finds in a window. The same seed draws the same from the same traces."""

    filter: str = Field(default="", max_length=4_000)
    start: datetime
    end: datetime
    size: int = Field(ge=1, le=MAX_ITEMS)
    seed: int | None = Field(
        default=None, ge=0, lt=SEEDS, description="Left out: made up, and told."
    )


class NewItems(Sent):
    """What to put into a queue: items by id, or a sample."""

    items: list[SubjectIn] = Field(default_factory=list, max_length=MAX_ITEMS)
    sample: SampleIn | None = None
    assign_to: list[str] = Field(
        default_factory=list, max_length=100, description="E-mail addresses: items are shared out."
    )


class SampleOut(BaseModel):
    """How a sample was drawn."""

    seed: int
    matched: int
    """What the filter found in the window."""


class ItemsAdded(BaseModel):
    """What came of filling a queue."""

    added: int
    present: int
    """Were in it already."""
    unknown: list[SubjectIn]
    """Are not stored in this project, and were left out."""
    sample: SampleOut | None


class FillOut(Shown):
    """A sample that was put into a queue, with all that it takes to draw it again."""

    filter: str
    start: datetime
    end: datetime
    seed: int
    wanted: int
    matched: int
    added: int
    by: str
    at: datetime


class JudgementIn(Sent):
    """What an annotator says by one criterion."""

    criterion: str
    value: StrictBool | StrictInt | StrictFloat | StrictStr
    explanation: str = ""


class Judgements(Sent):
    """What an annotator says of an item. A criterion that was answered before and is left out is retracted."""

    judgements: list[JudgementIn] = Field(max_length=100)


class Skip(Sent):
    """Why an item is skipped."""

    reason: str = ""


class People(Sent):
    """Whom to give an item to."""

    people: Annotated[list[str], Field(min_length=1, max_length=100)]


class JudgementOut(BaseModel):
    """A judgement of an item."""

    criterion: str
    value: bool | float | str
    explanation: str
    author: str

    @classmethod
    def of(cls, row: EvaluationRow) -> Self:
        """Return an evaluation of a queue as a judgement."""
        value: bool | float | str = row.label if row.score is None else row.score
        return cls(
            criterion=row.name,
            value=bool(row.score) if row.kind == "boolean" else value,
            explanation=row.explanation,
            author=row.author,
        )


class NextItem(BaseModel):
    """The item to judge, null where there is none; what the caller has said of it; how far the queue has come."""

    item: ItemOut | None
    mine: list[JudgementOut]
    progress: ProgressOut
