"""Judge the items of annotation queues: the judgements are evaluations by people, and the queue notes who has answered.

First the evaluations are written, durably; then the item counts as answered. So where the store refuses, the item stays
open, and where the process dies between the two, the same judgement sent again changes nothing but the item's state.
"""

import hashlib
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from storage import evaluations
from storage.client import Engine
from storage.control.criteria import Value
from storage.control.database import ControlDatabase
from storage.control.queue_items import Subject, get_item
from storage.control.queue_models import AnswerState, Queue, QueueItem
from storage.control.queue_work import checked_reason, claim, record_answer, take_turn
from storage.control.queues import get_queue
from storage.errors import BadInput
from storage.evaluations import Evaluation, EvaluationRow
from storage.query import load, run
from storage.rows import named_rows
from storage.scope import Scope

MAX_JUDGEMENTS: Final = 1_000_000
"""Of a queue that are read for its agreement."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an annotator says of an item by one criterion."""

    criterion: str
    value: Value
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementRow:
    """A judgement as agreement is computed from it."""

    trace_id: str
    span_id: str
    name: str
    author: str
    kind: str
    score: float | None
    label: str


@dataclass(frozen=True, slots=True)
class Held:
    """A queue and one of its items, read in one session."""

    queue: Queue
    item: QueueItem


def held(session: Session, scope: Scope, queue_id: str, item_id: int) -> Held | None:
    """Return an item with its queue; None where the project has no such thing."""
    queue = get_queue(session, scope.project, queue_id)
    item = get_item(session, queue, item_id) if queue is not None else None
    return Held(queue, item) if queue is not None and item is not None else None


def judge(
    engine: Engine,
    database: ControlDatabase,
    scope: Scope,
    *,
    queue_id: str,
    item_id: int,
    annotator: str,
    judgements: Sequence[Judgement],
) -> Held | None:
    """Store what a person says of an item, now or again, and count it as answered by them.

    A criterion that they answered before and leave out now is retracted. Returns the item as it is then, None where
    there is no such item. Raises BadInput, NotYours, StoreUnavailable; then the item is as it was.
    """
    with database.reading() as session:
        before = held(session, scope, queue_id, item_id)
        if before is None:
            return None
        claim(session, before.queue, before.item, annotator)
    said = _checked(before.queue, judgements)
    evaluations.write(
        engine, scope, [_evaluation(before, annotator, judgement) for judgement in said]
    )
    left_out = {c.name for c in before.queue.criteria} - {judgement.criterion for judgement in said}
    _retract(engine, scope, before, annotator, left_out)
    return _answered(database, scope, before, annotator, AnswerState.DONE)


def skip(
    engine: Engine,
    database: ControlDatabase,
    scope: Scope,
    *,
    queue_id: str,
    item_id: int,
    annotator: str,
    reason: str,
) -> Held | None:
    """Count an item as skipped by a person; what they said of it before is retracted. Returns and raises as `judge`."""
    reason = checked_reason(reason)
    with database.reading() as session:
        before = held(session, scope, queue_id, item_id)
        if before is None:
            return None
        claim(session, before.queue, before.item, annotator)
    _retract(engine, scope, before, annotator, {c.name for c in before.queue.criteria})
    return _answered(database, scope, before, annotator, AnswerState.SKIPPED, reason=reason)


def _answered(
    database: ControlDatabase,
    scope: Scope,
    before: Held,
    annotator: str,
    state: AnswerState,
    *,
    reason: str = "",
) -> Held | None:
    with database.session() as session:
        # Before the item is read: meanwhile somebody may have taken it out of the queue.
        take_turn(session, before.queue)
        now = held(session, scope, before.queue.id, before.item.id)
        if now is not None:
            record_answer(session, now.queue, now.item, annotator, state, reason=reason)
    return now


def _checked(queue: Queue, judgements: Sequence[Judgement]) -> list[Judgement]:
    """Return judgements as they are kept. Raises BadInput for one that the queue does not ask, or that is missing."""
    criteria = {criterion.name: criterion for criterion in queue.criteria}
    said: dict[str, Judgement] = {}
    for judgement in judgements:
        criterion = criteria.get(judgement.criterion)
        if criterion is None:
            raise BadInput(
                f"the queue does not ask for {judgement.criterion!r}",
                hint=f"it asks for {', '.join(criteria)}",
            )
        value = criterion.accepted(judgement.value)
        said[criterion.name] = Judgement(criterion.name, value, judgement.explanation.strip())
    missing = [c.name for c in criteria.values() if c.required and c.name not in said]
    if missing or not said:
        raise BadInput(
            f"{', '.join(missing) or 'every criterion'} is not answered",
            hint="answer what is required, or skip the item",
        )
    return list(said.values())


def _evaluation(held: Held, annotator: str, judgement: Judgement) -> Evaluation:
    queue, item = held.queue, held.item
    return Evaluation(
        id=_evaluation_id(held, annotator, judgement.criterion),
        name=judgement.criterion,
        value=judgement.value,
        explanation=judgement.explanation,
        source="human",
        author=annotator,
        by_member=True,
        trace_id=item.trace_id,
        span_id=item.span_id,
        metadata={"queue": queue.name, "queue_id": queue.id, "item_id": item.id},
    )


def _retract(
    engine: Engine, scope: Scope, held: Held, annotator: str, criteria: Iterable[str]
) -> None:
    for criterion in sorted(criteria):
        evaluations.retract(
            engine, scope, _evaluation_id(held, annotator, criterion), author=annotator
        )


def _evaluation_id(held: Held, annotator: str, criterion: str) -> str:
    """Return the id of a person's judgement of what an item is about: the same each time.

    So another answer is a new version, also after the item was taken out of the queue and has come back as a new one.
    """
    item = held.item
    parts = f"{item.trace_id}\0{item.span_id}\0{annotator}\0{criterion}".encode()
    return f"{_prefix(held.queue)}{hashlib.blake2b(parts, digest_size=16).hexdigest()}"


def _prefix(queue: Queue) -> str:
    return f"queue-{queue.id}-"


def judgements(
    engine: Engine, scope: Scope, queue: Queue, subjects: AbstractSet[Subject]
) -> list[JudgementRow]:
    """Return every judgement of `subjects` by the criteria that a queue has now, each person's newest.

    Ordered by what is judged. Those of items that have left the queue are no part of it any more.
    """
    result = run(
        engine,
        scope,
        load("queues/judgements"),
        names=[criterion.name for criterion in queue.criteria],
        prefix=_prefix(queue),
        limit=MAX_JUDGEMENTS,
    )
    found = [JudgementRow(**row) for row in named_rows(result)]
    return [row for row in found if Subject(row.trace_id, row.span_id) in subjects]


def judgements_of(
    engine: Engine, scope: Scope, queue: Queue, trace_ids: Sequence[str]
) -> list[EvaluationRow]:
    """Return the judgements that a queue's annotators made of some traces or of their spans, in full."""
    if not trace_ids:
        return []
    found = evaluations.of_traces(engine, scope, list(trace_ids))
    asked = {criterion.name for criterion in queue.criteria}
    return [
        row
        for row in found
        if row.id.startswith(_prefix(queue)) and row.by_member and row.name in asked
    ]
