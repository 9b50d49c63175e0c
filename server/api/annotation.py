"""Work through an annotation queue: the next item, a judgement, a skip, and back to what one said before."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from server.api.deps import EngineDep, ProjectDep
from server.api.errors import NotFound
from server.api.management import ControlDep, changing
from server.api.queue_models import ItemOut, JudgementOut, Judgements, NextItem, ProgressOut, Skip
from server.api.queues import ItemId, QueueId, item_of, queue_of, shown_item
from storage import judging
from storage.client import Engine
from storage.control import queue_work, queues
from storage.control.access import Permission, current
from storage.control.control import Control
from storage.control.queue_models import Queue, QueueItem
from storage.judging import Held, Judgement
from storage.scope import Scope

router = APIRouter(tags=["queues"])


@router.post("/queues/{queue_id}/next")
def next_item(
    engine: EngineDep, control: ControlDep, project: ProjectDep, queue_id: QueueId
) -> NextItem:
    """Hand out the next item to the caller, theirs for 30 minutes; the same one until they answer."""
    scope = current().scope(Permission.ANNOTATE, project)
    with changing(control) as change:
        queue = queue_of(change.session, scope.project, queue_id)
        item = queue_work.hand_out(change.session, queue, change.caller.name)
        told = _told(change.session, queue, item)
    return _with_mine(engine, scope, queue, item, told)


@router.get("/queues/{queue_id}/items/{item_id}")
def get_item(
    *,
    engine: EngineDep,
    control: ControlDep,
    project: ProjectDep,
    queue_id: QueueId,
    item_id: ItemId,
) -> NextItem:
    """Return an item with what the caller has said of it; not what others have."""
    scope = current().scope(Permission.ANNOTATE, project)
    with control.database.reading() as session:
        queue = queue_of(session, scope.project, queue_id)
        item = item_of(session, queue, item_id)
        told = _told(session, queue, item)
    return _with_mine(engine, scope, queue, item, told)


@router.get("/queues/{queue_id}/previous")
def previous_item(
    *,
    engine: EngineDep,
    control: ControlDep,
    project: ProjectDep,
    queue_id: QueueId,
    before: Annotated[
        int | None, Query(description="Id of an item: what was answered last before it.")
    ] = None,
) -> NextItem:
    """Return what the caller answered last, to look at it again; null where there is nothing (more)."""
    scope = current().scope(Permission.ANNOTATE, project)
    with control.database.reading() as session:
        queue = queue_of(session, scope.project, queue_id)
        here = item_of(session, queue, before) if before is not None else None
        item = queue_work.answered_before(session, queue, current().name, here)
        told = _told(session, queue, item)
    return _with_mine(engine, scope, queue, item, told)


@router.post("/queues/{queue_id}/items/{item_id}/judgement")
def judge_item(
    *,
    engine: EngineDep,
    control: ControlDep,
    project: ProjectDep,
    queue_id: QueueId,
    item_id: ItemId,
    said: Judgements,
) -> ItemOut:
    """Store the caller's judgement of an item as evaluations; another one later is a new version of them."""
    scope = current().scope(Permission.ANNOTATE, project)
    held = judging.judge(
        engine,
        control.database,
        scope,
        queue_id=queue_id,
        item_id=item_id,
        annotator=current().name,
        judgements=[Judgement(j.criterion, j.value, j.explanation) for j in said.judgements],
    )
    return _answered(control, held, queue_id, item_id)


@router.post("/queues/{queue_id}/items/{item_id}/skip")
def skip_item(
    *,
    engine: EngineDep,
    control: ControlDep,
    project: ProjectDep,
    queue_id: QueueId,
    item_id: ItemId,
    why: Skip,
) -> ItemOut:
    """Say that the caller cannot judge an item; what they said of it before is retracted."""
    scope = current().scope(Permission.ANNOTATE, project)
    held = judging.skip(
        engine,
        control.database,
        scope,
        queue_id=queue_id,
        item_id=item_id,
        annotator=current().name,
        reason=why.reason,
    )
    return _answered(control, held, queue_id, item_id)


def _answered(control: Control, held: Held | None, queue_id: str, item_id: int) -> ItemOut:
    if held is None:
        raise NotFound(f"there is no item {item_id} in a queue {queue_id[:40]} of this project")
    with control.database.reading() as session:
        return shown_item(session, held.item)


def _told(session: Session, queue: Queue, item: QueueItem | None) -> NextItem:
    """Return an item without what the caller has said of it, which the store knows."""
    progress = queues.progress(session, [queue.id])[queue.id]
    return NextItem(
        item=shown_item(session, item) if item is not None else None,
        mine=[],
        progress=ProgressOut.model_validate(progress),
    )


def _with_mine(
    engine: Engine, scope: Scope, queue: Queue, item: QueueItem | None, told: NextItem
) -> NextItem:
    if item is None:
        return told
    found = judging.judgements_of(engine, scope, queue, [item.trace_id])
    mine = [
        JudgementOut.of(row)
        for row in found
        if row.author == current().name and row.span_id == item.span_id
    ]
    return told.model_copy(update={"mine": mine})
