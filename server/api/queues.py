"""Annotation queues: make and fill them, work through them, see how far they are and how far people agree."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, status
from sqlalchemy.orm import Session

from analytics import queue_agreement
from analytics.queue_agreement import Disagreement
from server.api import queue_filling
from server.api.agreement_models import AgreementOut, DisagreementOut
from server.api.deps import EngineDep, Limit, ProjectDep, ScopeDep
from server.api.errors import NotFound
from server.api.management import ControlDep, changing
from server.api.queue_models import (
    FillOut,
    ItemOut,
    ItemsAdded,
    JudgementOut,
    NewItems,
    NewQueue,
    People,
    ProgressOut,
    QueueChange,
    QueueOut,
)
from storage import judging, queue_samples
from storage.control import queue_items, queue_work, queues
from storage.control.access import Caller, Permission, current
from storage.control.projects import ensure_project
from storage.control.queue_items import Subject
from storage.control.queue_models import AnswerState, ItemState, Queue, QueueItem
from storage.evaluations import EvaluationRow
from storage.traces import TraceRow

router = APIRouter(tags=["queues"])

QueueId = Annotated[str, Path(description="Id of the queue.")]
ItemId = Annotated[int, Path(description="Id of the item.")]


def queue_of(session: Session, project: str, queue_id: str) -> Queue:
    """Return a queue of the project. Raises NotFound."""
    queue = queues.get_queue(session, project, queue_id)
    if queue is None:
        raise NotFound(f"there is no queue {queue_id[:40]} in this project")
    return queue


def item_of(session: Session, queue: Queue, item_id: int) -> QueueItem:
    """Return an item of a queue. Raises NotFound."""
    item = queue_items.get_item(session, queue, item_id)
    if item is None:
        raise NotFound(f"there is no item {item_id} in this queue")
    return item


def item_in_turn(
    session: Session, project: str, queue_id: str, item_id: int
) -> tuple[Queue, QueueItem]:
    """Return an item with its queue, which nobody else changes until this transaction ends. Raises NotFound."""
    queue = queue_of(session, project, queue_id)
    queue_work.take_turn(session, queue)
    return queue, item_of(session, queue, item_id)


def shown(session: Session, queue: Queue) -> QueueOut:
    """Return a queue with how far it has come."""
    return QueueOut.of(queue, queues.progress(session, [queue.id])[queue.id])


def shown_item(session: Session, item: QueueItem) -> ItemOut:
    """Return an item with who answers for it."""
    return ItemOut.of(item, queue_items.answers_of(session, [item])[item.id])


@router.get("/queues")
def list_queues(
    *,
    control: ControlDep,
    scope: ScopeDep,
    archived: Annotated[bool, Query(description="Those that were put away instead.")] = False,
) -> dict[str, list[QueueOut]]:
    """List the project's annotation queues by name, each with how far it has come."""
    with control.database.reading() as session:
        found = queues.list_queues(session, scope.project, archived=archived)
        progress = queues.progress(session, [queue.id for queue in found])
        return {"queues": [QueueOut.of(queue, progress[queue.id]) for queue in found]}


@router.post("/queues", status_code=status.HTTP_201_CREATED)
def create_queue(control: ControlDep, project: ProjectDep, new: NewQueue) -> QueueOut:
    """Make an empty queue."""
    scope = current().scope(Permission.EDIT, project)
    ensure_project(control.database, scope.project)
    with changing(control) as change:
        queue = queues.create_queue(
            change.session, scope.project, new.spec(), created_by=change.caller.name
        )
        change.record("queue.create", queue.id, scope.project, name=queue.name)
        return shown(change.session, queue)


@router.get("/queues/{queue_id}")
def get_queue(control: ControlDep, scope: ScopeDep, queue_id: QueueId) -> QueueOut:
    """Return a queue: what it asks, and how far it has come."""
    with control.database.reading() as session:
        return shown(session, queue_of(session, scope.project, queue_id))


@router.patch("/queues/{queue_id}")
def change_queue(
    control: ControlDep, project: ProjectDep, queue_id: QueueId, wanted: QueueChange
) -> QueueOut:
    """Change a queue; what was judged already stays as it is."""
    scope = current().scope(Permission.EDIT, project)
    with changing(control) as change:
        queue = queue_of(change.session, scope.project, queue_id)
        queues.edit_queue(change.session, queue, wanted.spec(queue))
        if wanted.archived is not None:
            (queues.archive_queue if wanted.archived else queues.restore_queue)(queue)
        members = sorted(wanted.model_fields_set)
        change.record("queue.change", queue.id, scope.project, name=queue.name, members=members)
        return shown(change.session, queue)


@router.delete("/queues/{queue_id}")
def archive_queue(control: ControlDep, project: ProjectDep, queue_id: QueueId) -> QueueOut:
    """Put a queue away: nothing is handed out of it any more. Its judgements stay, and PATCH brings it back."""
    scope = current().scope(Permission.EDIT, project)
    with changing(control) as change:
        queue = queue_of(change.session, scope.project, queue_id)
        queues.archive_queue(queue)
        change.record("queue.archive", queue.id, scope.project, name=queue.name)
        return shown(change.session, queue)


@router.get("/queues/{queue_id}/items")
def list_items(
    *,
    control: ControlDep,
    scope: ScopeDep,
    queue_id: QueueId,
    state: ItemState | None = None,
    limit: Limit = 50,
    cursor: Annotated[int, Query(ge=0, description="`next_cursor` of the page before.")] = 0,
) -> dict[str, list[ItemOut] | int | None]:
    """List a queue's items in the order of adding, with who answers for them; not what they said."""
    with control.database.reading() as session:
        queue = queue_of(session, scope.project, queue_id)
        found = queue_items.list_items(session, queue, state=state, limit=limit + 1, after=cursor)
        page = found[:limit]
        answers = queue_items.answers_of(session, page)
        return {
            "items": [ItemOut.of(item, answers[item.id]) for item in page],
            "next_cursor": page[-1].id if len(found) > limit else None,
        }


@router.post("/queues/{queue_id}/items")
def add_items(
    *,
    engine: EngineDep,
    control: ControlDep,
    project: ProjectDep,
    queue_id: QueueId,
    new: NewItems,
) -> ItemsAdded:
    """Put traces or spans into a queue, by id or as a random sample of what a filter finds; each once."""
    current().scope(Permission.EDIT, project)
    # The answer tells which ids are there, and how much a filter finds: by enough of them, any text.
    scope = current().scope(Permission.READ, project)
    with control.database.reading() as session:
        queue = queue_of(session, scope.project, queue_id)
    chosen = queue_filling.choose(engine, scope, queue.unit, new)
    with changing(control) as change:
        queue = queue_of(change.session, scope.project, queue_id)
        people = queue_filling.annotators(change.session, scope.project, new.assign_to)
        added = queue_filling.put_in(change, queue, chosen, people)
        change.record("queue.fill", queue.id, scope.project, name=queue.name, added=added.added)
    return added


@router.get("/queues/{queue_id}/fills")
def list_fills(control: ControlDep, scope: ScopeDep, queue_id: QueueId) -> dict[str, list[FillOut]]:
    """List the samples that were put into a queue: filter, window and seed draw each of them again."""
    with control.database.reading() as session:
        queue = queue_of(session, scope.project, queue_id)
        fills = queues.list_fills(session, queue.id)
        return {"fills": [FillOut.model_validate(fill) for fill in fills]}


@router.post("/queues/{queue_id}/items/{item_id}/assign")
def assign_item(
    control: ControlDep, project: ProjectDep, queue_id: QueueId, item_id: ItemId, to: People
) -> ItemOut:
    """Give an item to people by name; it stays open until all of them have answered."""
    scope = current().scope(Permission.EDIT, project)
    with changing(control) as change:
        queue, item = item_in_turn(change.session, scope.project, queue_id, item_id)
        people = queue_filling.annotators(change.session, scope.project, to.people)
        queue_work.assign(change.session, queue, item, people)
        change.record("queue.assign", queue.id, scope.project, item=item.id, people=people)
        return shown_item(change.session, item)


@router.post("/queues/{queue_id}/items/{item_id}/put-back")
def put_back_item(
    control: ControlDep, project: ProjectDep, queue_id: QueueId, item_id: ItemId
) -> ItemOut:
    """Hand an item out to anybody again that people skipped, or that was given to some. Judgements of it stay."""
    scope = current().scope(Permission.EDIT, project)
    with changing(control) as change:
        queue, item = item_in_turn(change.session, scope.project, queue_id, item_id)
        queue_work.put_back(change.session, queue, item)
        change.record("queue.put_back", queue.id, scope.project, item=item.id)
        return shown_item(change.session, item)


@router.delete("/queues/{queue_id}/items/{item_id}")
def remove_item(
    control: ControlDep, project: ProjectDep, queue_id: QueueId, item_id: ItemId
) -> QueueOut:
    """Take an item out of a queue, also from those who have it; what was judged stays, as evaluations."""
    scope = current().scope(Permission.EDIT, project)
    with changing(control) as change:
        queue, item = item_in_turn(change.session, scope.project, queue_id, item_id)
        change.record(
            "queue.remove_item",
            queue.id,
            scope.project,
            name=queue.name,
            trace_id=item.trace_id,
            span_id=item.span_id,
        )
        queue_items.remove_item(change.session, queue, item)
        return shown(change.session, queue)


@router.get("/queues/{queue_id}/progress")
def get_progress(control: ControlDep, scope: ScopeDep, queue_id: QueueId) -> ProgressOut:
    """Return how far a queue has come, and who did how much of it."""
    with control.database.reading() as session:
        queue = queue_of(session, scope.project, queue_id)
        return ProgressOut.model_validate(queues.progress(session, [queue.id])[queue.id])


@router.get("/queues/{queue_id}/agreement")
def get_agreement(
    engine: EngineDep, control: ControlDep, scope: ScopeDep, queue_id: QueueId
) -> dict[str, list[AgreementOut]]:
    """Return how far annotators agree by each criterion: Krippendorff's alpha, Cohen's kappa of pairs, plain shares."""
    with control.database.reading() as session:
        queue = queue_of(session, scope.project, queue_id)
        subjects = queue_items.subjects_of(session, queue)
    found = queue_agreement.of_queue(engine, scope, queue, subjects)
    return {"criteria": [AgreementOut.of(criterion) for criterion in found]}


@router.get("/queues/{queue_id}/disagreements")
def list_disagreements(
    engine: EngineDep, control: ControlDep, scope: ScopeDep, queue_id: QueueId, limit: Limit = 50
) -> dict[str, list[DisagreementOut] | int]:
    """List items on which annotators differ, the widest apart first, with what each says.

    Not those that the caller can still judge: they would see what others said before they have said theirs.
    """
    with control.database.reading() as session:
        queue = queue_of(session, scope.project, queue_id)
        subjects = queue_items.subjects_of(session, queue)
    found = queue_agreement.disagreements(engine, scope, queue, subjects)
    with control.database.reading() as session:
        apart = [Subject(d.trace_id, d.span_id) for d in found]
        items = queue_items.items_of(session, queue, apart)
        answers = queue_items.answers_of(session, list(items.values()))
    told = {
        subject: ItemOut.of(item, answers[item.id])
        for subject, item in items.items()
        if not _is_blind(ItemOut.of(item, answers[item.id]), current())
    }
    seen = [d for d in found if Subject(d.trace_id, d.span_id) in told]
    page = seen[:limit]
    traces = [d.trace_id for d in page]
    facts = queue_samples.facts_of(engine, scope, traces)
    said = judging.judgements_of(engine, scope, queue, traces)
    return {
        "items": [
            _shown(d, told[Subject(d.trace_id, d.span_id)], facts.get(d.trace_id), said)
            for d in page
        ],
        "total": len(seen),
        "hidden": len(found) - len(seen),
    }


def _is_blind(item: ItemOut, caller: Caller) -> bool:
    """Tell whether somebody has not judged an item yet, and may."""
    done = any(
        answer.annotator == caller.name and answer.state == AnswerState.DONE
        for answer in item.answers
    )
    return item.state == ItemState.OPEN and not done


def _shown(
    found: Disagreement, item: ItemOut, facts: TraceRow | None, said: list[EvaluationRow]
) -> DisagreementOut:
    return DisagreementOut(
        item=item,
        preview=" → ".join(filter(None, [facts.input, facts.output])) if facts else "",
        size=found.size,
        criteria=found.criteria,
        judgements=[
            JudgementOut.of(row)
            for row in said
            if (row.trace_id, row.span_id) == (found.trace_id, found.span_id)
        ],
    )
