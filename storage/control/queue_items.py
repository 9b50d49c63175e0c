"""The items of annotation queues: put in, listed, taken out. Who gets them and who has answered is in `queue_work`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.control.queue_models import Answer, ItemState, Queue, QueueFill, QueueItem
from storage.control.queue_work import assign, check_open, take_turn
from storage.errors import BadInput

MAX_ITEMS: Final = 10_000
"""Items that one request adds."""

_CHUNK: Final = 500
"""Ids asked for at once: databases take only so many values in one statement."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What is judged: a whole trace, or one span of it."""

    trace_id: str
    span_id: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What came of putting items into a queue."""

    added: int
    present: int
    """Were in it already; nothing has changed about them, but for new assignments."""


def add_items(
    session: Session,
    queue: Queue,
    subjects: Sequence[Subject],
    *,
    added_by: str,
    fill: QueueFill | None = None,
    assign_to: Sequence[str] = (),
) -> Added:
    """Put traces or spans into a queue, in this order; those that it has already stay as they are.

    `assign_to` gives each item to as many of these people as it needs, in turn; items that were there already too.
    Raises BadInput.
    """
    check_open(queue)
    _check_subjects(queue, subjects)
    take_turn(session, queue)
    unique = list(dict.fromkeys(subjects))
    there = items_of(session, queue, unique)
    new = [subject for subject in unique if subject not in there]
    if fill is not None:
        fill.added = len(new)
        session.add(fill)
        session.flush()
    items = [
        QueueItem(
            queue_id=queue.id,
            trace_id=subject.trace_id,
            span_id=subject.span_id,
            state=ItemState.OPEN,
            fill_id=fill.id if fill else None,
            added_by=added_by,
        )
        for subject in new
    ]
    session.add_all(items)
    session.flush()
    if assign_to:
        _deal(session, queue, [*there.values(), *items], assign_to)
    return Added(len(new), len(there))


def _check_subjects(queue: Queue, subjects: Sequence[Subject]) -> None:
    if not 1 <= len(subjects) <= MAX_ITEMS:
        raise BadInput(f"{len(subjects)} items at once", hint=f"1 to {MAX_ITEMS} are possible")
    if queue.unit == "span" and not all(subject.span_id for subject in subjects):
        raise BadInput("the queue holds spans", hint="give each item a span_id as well")
    if queue.unit == "trace" and any(subject.span_id for subject in subjects):
        raise BadInput("the queue holds whole traces", hint="leave span_id out")


def items_of(
    session: Session, queue: Queue, subjects: Sequence[Subject]
) -> dict[Subject, QueueItem]:
    """Return which of some subjects a queue has."""
    wanted = set(subjects)
    found: dict[Subject, QueueItem] = {}
    for start in range(0, len(subjects), _CHUNK):
        traces = {subject.trace_id for subject in subjects[start : start + _CHUNK]}
        items = session.scalars(
            select(QueueItem).where(QueueItem.queue_id == queue.id, QueueItem.trace_id.in_(traces))
        )
        found |= {Subject(item.trace_id, item.span_id): item for item in items}
    return {subject: item for subject, item in found.items() if subject in wanted}


def _deal(
    session: Session, queue: Queue, items: Sequence[QueueItem], people: Sequence[str]
) -> None:
    each = min(queue.annotators, len(people))
    for turn, item in enumerate(items):
        chosen = [people[(turn * each + place) % len(people)] for place in range(each)]
        assign(session, queue, item, chosen)


def get_item(session: Session, queue: Queue, item_id: int) -> QueueItem | None:
    """Return an item of a queue; None where it has none of that id."""
    item = session.get(QueueItem, item_id)
    return item if item is not None and item.queue_id == queue.id else None


def list_items(
    session: Session, queue: Queue, *, state: ItemState | None = None, limit: int, after: int = 0
) -> list[QueueItem]:
    """Return items by id, those after one."""
    found = select(QueueItem).where(QueueItem.queue_id == queue.id, QueueItem.id > after)
    if state is not None:
        found = found.where(QueueItem.state == state)
    return list(session.scalars(found.order_by(QueueItem.id).limit(limit)))


def remove_item(session: Session, queue: Queue, item: QueueItem) -> None:
    """Take an item out of a queue, and from those who had it. What was judged stays, as evaluations of its trace."""
    take_turn(session, queue)
    session.delete(item)
    session.flush()


def subjects_of(session: Session, queue: Queue) -> set[Subject]:
    """Return what is judged in a queue: the subject of each of its items."""
    items = select(QueueItem.trace_id, QueueItem.span_id).where(QueueItem.queue_id == queue.id)
    return {Subject(trace_id, span_id) for trace_id, span_id in session.execute(items)}


def answers_of(session: Session, items: Sequence[QueueItem]) -> dict[int, list[Answer]]:
    """Return the answers to some items by item, those that were only handed out included, by annotator."""
    found: dict[int, list[Answer]] = {item.id: [] for item in items}
    for start in range(0, len(items), _CHUNK):
        ids = [item.id for item in items[start : start + _CHUNK]]
        answers = select(Answer).where(Answer.item_id.in_(ids)).order_by(Answer.annotator)
        for answer in session.scalars(answers):
            found[answer.item_id].append(answer)
    return found
