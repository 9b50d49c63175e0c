"""Annotation queues: made, changed, put away, and how far each has come. Their items are in `queue_items`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.control.checks import checked_name
from storage.control.criteria import Criterion, checked, to_json
from storage.control.database import serialise
from storage.control.models import now
from storage.control.queue_models import (
    UNITS,
    Answer,
    AnswerState,
    ItemState,
    Queue,
    QueueFill,
    QueueItem,
    Unit,
)
from storage.errors import BadInput

MAX_ANNOTATORS: Final = 20
"""People that an item can need."""
_MAX_NAME: Final = 100
_MAX_DESCRIPTION: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSpec:
    """A queue as an editor describes it."""

    name: str
    description: str = ""
    unit: Unit = "trace"
    annotators: int = 1
    criteria: Sequence[Criterion]

    def checked(self) -> "QueueSpec":
        """Return the description, trimmed. Raises BadInput for what cannot be a queue."""
        name = checked_name(self.name, most=_MAX_NAME)
        if not name:
            raise BadInput("a queue needs a name", hint=f"1 to {_MAX_NAME} characters")
        if len(self.description) > _MAX_DESCRIPTION:
            raise BadInput(
                "the description is too long", hint=f"at most {_MAX_DESCRIPTION} characters"
            )
        if self.unit not in UNITS:
            raise BadInput(f"a queue of {self.unit!r}", hint="it holds either traces or spans")
        if not 1 <= self.annotators <= MAX_ANNOTATORS:
            raise BadInput(
                f"{self.annotators} annotators an item", hint=f"1 to {MAX_ANNOTATORS} are possible"
            )
        return QueueSpec(
            name=name,
            description=self.description.strip(),
            unit=self.unit,
            annotators=self.annotators,
            criteria=checked(self.criteria),
        )


@dataclass(slots=True, kw_only=True)
class Share:
    """What one person has done in a queue."""

    annotator: str
    done: int = 0
    skipped: int = 0
    waiting: int = 0
    """Assigned to them by name, and not answered yet."""


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a queue has come; `items` is the sum of the three states."""

    items: int = 0
    open: int = 0
    done: int = 0
    skipped: int = 0
    people: list[Share] = field(default_factory=list)
    """By name."""


def create_queue(session: Session, project: str, spec: QueueSpec, *, created_by: str) -> Queue:
    """Make an empty queue. Raises BadInput, also where the project has one of that name."""
    spec = spec.checked()
    serialise(session, f"queues:{project}")
    _check_free(session, project, spec.name)
    queue = Queue(
        project=project,
        name=spec.name,
        description=spec.description,
        unit=spec.unit,
        annotators=spec.annotators,
        criteria_json=to_json(spec.criteria),
        created_by=created_by,
    )
    session.add(queue)
    session.flush()
    return queue


def edit_queue(session: Session, queue: Queue, spec: QueueSpec) -> None:
    """Change a queue that `get_queue` of this session gave. What was judged already stays as it is.

    Raises BadInput for a change that would make judgements of two kinds pass for one: the unit of a queue with items,
    or the kind of a criterion.
    """
    spec = spec.checked()
    serialise(session, f"queues:{queue.project}")
    if spec.name != queue.name:
        _check_free(session, queue.project, spec.name)
    if progress(session, [queue.id])[queue.id].items:
        _check_comparable(queue, spec)
    queue.name, queue.description = spec.name, spec.description
    queue.unit, queue.criteria_json = spec.unit, to_json(spec.criteria)
    if spec.annotators != queue.annotators:
        queue.annotators = spec.annotators
        _settle_all(session, queue)


def _check_free(session: Session, project: str, name: str) -> None:
    taken = select(Queue).where(Queue.project == project, Queue.name == name)
    if found := session.scalars(taken).first():
        about = " and has been archived" if found.archived_at else ""
        raise BadInput(f"there is a queue {name!r} already{about}", hint="choose another name")


def _check_comparable(queue: Queue, spec: QueueSpec) -> None:
    if spec.unit != queue.unit:
        raise BadInput(
            f"the queue holds {queue.unit}s already", hint=f"make another one for {spec.unit}s"
        )
    kinds = {criterion.name: criterion.kind for criterion in queue.criteria}
    for criterion in spec.criteria:
        if kinds.get(criterion.name, criterion.kind) != criterion.kind:
            raise BadInput(
                f"{criterion.name} is a {kinds[criterion.name]} already",
                hint="add a criterion of another name",
            )


def _settle_all(session: Session, queue: Queue) -> None:
    """Say anew what state each item is in, after the number of people that it needs has changed."""
    answered = select(
        Answer.item_id,
        func.count().filter(Answer.state == AnswerState.DONE).label("done"),
        func.count().filter(Answer.state == AnswerState.SKIPPED).label("skipped"),
        func.count().filter(Answer.state == AnswerState.ASSIGNED).label("waiting"),
    ).group_by(Answer.item_id)
    counts = {
        row.item_id: row
        for row in session.execute(answered.join(QueueItem).where(QueueItem.queue_id == queue.id))
    }
    for item in session.scalars(select(QueueItem).where(QueueItem.queue_id == queue.id)):
        row = counts.get(item.id)
        item.state = (
            state_of(queue.annotators, row.done, row.skipped, row.waiting)
            if row
            else ItemState.OPEN
        )


def state_of(annotators: int, done: int, skipped: int, waiting: int) -> ItemState:
    """Return the state of an item that needs so many answers and has these; everybody who was named is waited for."""
    if waiting or done + skipped < annotators:
        return ItemState.OPEN
    return ItemState.DONE if done else ItemState.SKIPPED


def archive_queue(queue: Queue) -> None:
    """Put a queue away: nothing is handed out of it any more. Its judgements stay."""
    queue.archived_at = queue.archived_at or now()


def restore_queue(queue: Queue) -> None:
    """Bring a queue back."""
    queue.archived_at = None


def get_queue(session: Session, project: str, queue_id: str) -> Queue | None:
    """Return a queue of a project; None where it has none of that id."""
    queue = session.get(Queue, queue_id)
    return queue if queue is not None and queue.project == project else None


def list_queues(session: Session, project: str, *, archived: bool = False) -> list[Queue]:
    """Return the queues of a project, those in use or those put away, by name."""
    away = Queue.archived_at.is_not(None) if archived else Queue.archived_at.is_(None)
    found = select(Queue).where(Queue.project == project, away).order_by(Queue.name)
    return list(session.scalars(found))


def list_fills(session: Session, queue_id: str) -> list[QueueFill]:
    """Return the samples that were put into a queue, the first one first."""
    found = select(QueueFill).where(QueueFill.queue_id == queue_id).order_by(QueueFill.id)
    return list(session.scalars(found))


def progress(session: Session, queue_ids: Iterable[str]) -> dict[str, Progress]:
    """Return how far each of some queues has come."""
    found = {queue_id: Progress() for queue_id in queue_ids}
    of_these = QueueItem.queue_id.in_(list(found))
    items = (
        select(QueueItem.queue_id, QueueItem.state, func.count())
        .where(of_these)
        .group_by(QueueItem.queue_id, QueueItem.state)
    )
    for queue_id, state, count in session.execute(items):
        setattr(found[queue_id], state, count)
        found[queue_id].items += count
    _add_people(session, found)
    return found


def _add_people(session: Session, found: dict[str, Progress]) -> None:
    answers = (
        select(QueueItem.queue_id, Answer.annotator, Answer.state, func.count())
        .join(QueueItem)
        .where(QueueItem.queue_id.in_(list(found)), Answer.state != AnswerState.LEASED)
        .group_by(QueueItem.queue_id, Answer.annotator, Answer.state)
        .order_by(Answer.annotator)
    )
    names = {
        AnswerState.DONE: "done",
        AnswerState.SKIPPED: "skipped",
        AnswerState.ASSIGNED: "waiting",
    }
    for queue_id, annotator, state, count in session.execute(answers):
        people = found[queue_id].people
        if not people or people[-1].annotator != annotator:
            people.append(Share(annotator=annotator))
        setattr(people[-1], names[AnswerState(state)], count)
