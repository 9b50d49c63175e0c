"""Who gets which item of an annotation queue, and who has answered it.

An item is handed out to one person for `LEASE`, so that nobody judges in vain what somebody else is judging; an item
that several people judge goes to that many different ones. Whoever changes items of a queue first takes its turn
(`take_turn`), so these rules hold for several people at once, on SQLite and on PostgreSQL.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from storage.control.database import serialise
from storage.control.models import now
from storage.control.queue_models import Answer, AnswerState, ItemState, Queue, QueueItem
from storage.control.queues import state_of
from storage.errors import BadInput

LEASE: Final = timedelta(minutes=30)
"""How long an item that was handed out is kept for its annotator: the longest that reading one should take."""

MAX_REASON: Final = 500
"""Characters of why an item was skipped."""


class NotYours(BadInput):
    """The item has gone to as many others as it needs."""


def take_turn(session: Session, queue: Queue) -> None:
    """Let nobody else change the items of a queue until this transaction ends."""
    serialise(session, f"queue:{queue.id}")


def check_open(queue: Queue) -> None:
    """Return if items go into and out of a queue. Raises BadInput for one that has been archived."""
    if queue.archived_at is not None:
        raise BadInput(f"the queue {queue.name} has been archived", hint="bring it back first")


def assign(session: Session, queue: Queue, item: QueueItem, people: Iterable[str]) -> None:
    """Give an item to people by name; it waits for all of them. Who has answered it already has nothing to do."""
    check_open(queue)
    take_turn(session, queue)
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
    check_open(queue)
    take_turn(session, queue)
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
    check_open(queue)
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
    take_turn(session, queue)
    answer = session.get(Answer, (item.id, annotator))
    if answer is None:
        answer = Answer(item_id=item.id, annotator=annotator)
        session.add(answer)
    answer.state, answer.reason = state, reason
    answer.leased_until, answer.answered_at = None, now()
    session.flush()
    _settle(session, queue, item)


def put_back(session: Session, queue: Queue, item: QueueItem) -> None:
    """Forget who skipped an item and to whom it was given, so that anybody gets it again. Judgements stay."""
    take_turn(session, queue)
    for answer in session.scalars(select(Answer).where(Answer.item_id == item.id)):
        if answer.state in {AnswerState.SKIPPED, AnswerState.ASSIGNED}:
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
