"""The items of annotation queues: put in, handed out, answered.

An item is handed out to one person for `LEASE`, so that nobody judges in vain what somebody else is judging; an item
that several people judge goes to that many different ones. Whoever changes items of a queue first takes its turn
(`serialise`), so these rules hold for several people at once, on SQLite and on PostgreSQL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from storage.control.database import serialise
from storage.control.models import now
from storage.control.queue_models import (
    Answer,
    AnswerState,
    ItemState,
    Queue,
    QueueFill,
    QueueItem,
)
from storage.control.queues import state_of
from storage.errors import BadInput

LEASE: Final = timedelta(minutes=30)
"""How long an item that was handed out is kept for its annotator: the longest that reading one should take."""

MAX_ITEMS: Final = 10_000
"""Items that one request adds."""

MAX_REASON: Final = 500
"""Characters of why an item was skipped."""

_CHUNK: Final = 500
"""Ids asked for at once: databases take only so many values in one statement."""


class NotYours(BadInput):
    """The item has gone to as many others as it needs."""


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
    _check_open(queue)
    _check_subjects(queue, subjects)
    serialise(session, _turn(queue.id))
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


def _check_open(queue: Queue) -> None:
    if queue.archived_at is not None:
        raise BadInput(f"the queue {queue.name} has been archived", hint="bring it back first")


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


def assign(session: Session, queue: Queue, item: QueueItem, people: Iterable[str]) -> None:
    """Give an item to people by name; it waits for all of them. Who has answered it already has nothing to do."""
    _check_open(queue)
    serialise(session, _turn(queue.id))
    for annotator in dict.fromkeys(people):
        answer = session.get(Answer, (item.id, annotator))
        if answer is None:
            answer = Answer(item_id=item.id, annotator=annotator, state=AnswerState.ASSIGNED)
            session.add(answer)
        elif answer.state == AnswerState.LEASED:
            answer.state, answer.leased_until = AnswerState.ASSIGNED, None
    session.flush()
    _settle(session, queue, item)


def hand_out(session: Session, queue: Queue, annotator: str) -> QueueItem | None:
    """Return the next item for a person, theirs for `LEASE`; None where there is nothing for them to do.

    First what they have on hand, then what was assigned to them, then what nobody has, in the order of adding.
    """
    _check_open(queue)
    serialise(session, _turn(queue.id))
    at_hand = _at_hand(session, queue, annotator)
    item = at_hand or _unclaimed(session, queue, annotator)
    if item is None:
        return None
    answer = session.get(Answer, (item.id, annotator))
    if answer is None:
        answer = Answer(item_id=item.id, annotator=annotator, state=AnswerState.LEASED)
        session.add(answer)
    if answer.state == AnswerState.LEASED:
        answer.leased_until = now() + LEASE
    session.flush()
    return item


def _at_hand(session: Session, queue: Queue, annotator: str) -> QueueItem | None:
    mine = (
        select(QueueItem)
        .join(Answer)
        .where(
            QueueItem.queue_id == queue.id,
            QueueItem.state == ItemState.OPEN,
            Answer.annotator == annotator,
            or_(Answer.state == AnswerState.ASSIGNED, _is_leased(Answer)),
        )
        # `leased` comes after `assigned` in the alphabet: what is on hand first.
        .order_by(Answer.state.desc(), QueueItem.id)
        .limit(1)
    )
    return session.scalars(mine).first()


def _unclaimed(session: Session, queue: Queue, annotator: str) -> QueueItem | None:
    mine, others = aliased(Answer), aliased(Answer)
    answered = select(mine.item_id).where(
        mine.item_id == QueueItem.id,
        mine.annotator == annotator,
        mine.state.in_([AnswerState.DONE, AnswerState.SKIPPED]),
    )
    taken = (
        select(func.count())
        .where(others.item_id == QueueItem.id, others.annotator != annotator, _holds(others))
        .scalar_subquery()
    )
    free = (
        select(QueueItem)
        .where(
            QueueItem.queue_id == queue.id,
            QueueItem.state == ItemState.OPEN,
            ~answered.exists(),
            taken < queue.annotators,
        )
        .order_by(QueueItem.id)
        .limit(1)
    )
    return session.scalars(free).first()


def _holds(answer: type[Answer]) -> ColumnElement[bool]:
    """Tell whether an answer takes up one of its item's places: a lease that has run out does not."""
    return or_(answer.state != AnswerState.LEASED, _is_leased(answer))


def _is_leased(answer: type[Answer]) -> ColumnElement[bool]:
    return and_(answer.state == AnswerState.LEASED, answer.leased_until > now())


def claim(session: Session, queue: Queue, item: QueueItem, annotator: str) -> None:
    """Return if a person may answer an item. Raises NotYours where others have all its places.

    Whoever was given it may, even after their lease has run out: the work is done, and one judgement more does no harm.
    """
    _check_open(queue)
    if session.get(Answer, (item.id, annotator)) is not None:
        return
    taken = select(func.count()).where(Answer.item_id == item.id, _holds(Answer))
    if session.scalar(taken) >= queue.annotators:  # type: ignore[operator]  # a count is never null
        raise NotYours(
            "this item has gone to as many people as it needs", hint="ask for the next one"
        )


def checked_reason(reason: str) -> str:
    """Return why an item is skipped, trimmed. Raises BadInput where it is too long."""
    if len(reason) > MAX_REASON:
        raise BadInput("the reason is too long", hint=f"at most {MAX_REASON} characters")
    return reason.strip()


def record_answer(
    session: Session,
    queue: Queue,
    item: QueueItem,
    annotator: str,
    state: AnswerState,
    *,
    reason: str = "",
) -> None:
    """Write down that a person has judged or skipped an item, now or again."""
    serialise(session, _turn(queue.id))
    answer = session.get(Answer, (item.id, annotator))
    if answer is None:
        answer = Answer(item_id=item.id, annotator=annotator)
        session.add(answer)
    answer.state, answer.reason = state, reason
    answer.leased_until, answer.answered_at = None, now()
    session.flush()
    _settle(session, queue, item)


def put_back(session: Session, queue: Queue, item: QueueItem) -> None:
    """Forget that people skipped an item, so that it is handed out again. Judgements stay."""
    serialise(session, _turn(queue.id))
    for answer in session.scalars(select(Answer).where(Answer.item_id == item.id)):
        if answer.state == AnswerState.SKIPPED:
            session.delete(answer)
    session.flush()
    _settle(session, queue, item)


def _settle(session: Session, queue: Queue, item: QueueItem) -> None:
    states = list(session.scalars(select(Answer.state).where(Answer.item_id == item.id)))
    item.state = state_of(
        queue.annotators,
        done=states.count(AnswerState.DONE),
        skipped=states.count(AnswerState.SKIPPED),
        waiting=states.count(AnswerState.ASSIGNED),
    )


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


def answers_of(session: Session, items: Sequence[QueueItem]) -> dict[int, list[Answer]]:
    """Return the answers to some items by item, those that were only handed out included, by annotator."""
    found: dict[int, list[Answer]] = {item.id: [] for item in items}
    for start in range(0, len(items), _CHUNK):
        ids = [item.id for item in items[start : start + _CHUNK]]
        answers = select(Answer).where(Answer.item_id.in_(ids)).order_by(Answer.annotator)
        for answer in session.scalars(answers):
            found[answer.item_id].append(answer)
    return found


def answered_before(
    session: Session, queue: Queue, annotator: str, item: QueueItem | None
) -> QueueItem | None:
    """Return what a person answered last, or last before they answered `item`."""
    mine = (
        select(QueueItem)
        .join(Answer)
        .where(
            QueueItem.queue_id == queue.id,
            Answer.annotator == annotator,
            Answer.answered_at.is_not(None),
        )
        .order_by(Answer.answered_at.desc(), QueueItem.id.desc())
        .limit(1)
    )
    answer = session.get(Answer, (item.id, annotator)) if item is not None else None
    if answer is not None and answer.answered_at is not None:
        mine = mine.where(Answer.answered_at < answer.answered_at)
    return session.scalars(mine).first()


def _turn(queue_id: str) -> str:
    return f"queue:{queue_id}"
