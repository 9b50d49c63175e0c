"""What a request to fill a queue means: which items, drawn how, given to whom."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.api.management import Change
from server.api.queue_models import ItemsAdded, NewItems, SampleIn, SampleOut, SubjectIn
from storage import queue_samples
from storage.client import Engine
from storage.control.access import LOCAL, OF_ROLE, Permission, current
from storage.control.members import list_members
from storage.control.models import Person
from storage.control.queue_items import Added, Subject, add_items
from storage.control.queue_models import Queue, QueueFill, Unit
from storage.errors import BadInput
from storage.queue_samples import SEEDS, Sample
from storage.scope import Scope
from storage.window import Window


@dataclass(frozen=True, slots=True)
class Chosen:
    """Items to add, and where they come from."""

    subjects: list[Subject]
    unknown: list[Subject]
    sample: SampleIn | None = None
    drawn: Sample | None = None


def choose(engine: Engine, scope: Scope, unit: Unit, new: NewItems) -> Chosen:
    """Return what a request names: a sample, drawn now, or those of its ids that are stored. Raises BadInput."""
    if (new.sample is None) == (not new.items):
        raise BadInput("there is nothing to add", hint="send either items or a sample")
    if new.sample is not None:
        return _drawn(engine, scope, unit, new.sample)
    wanted = [Subject(s.trace_id.lower(), s.span_id.lower()) for s in new.items]
    there = set(queue_samples.stored(engine, scope, wanted))
    return Chosen(
        [subject for subject in wanted if subject in there],
        [subject for subject in wanted if subject not in there],
    )


def _drawn(engine: Engine, scope: Scope, unit: Unit, sample: SampleIn) -> Chosen:
    seed = secrets.randbelow(SEEDS) if sample.seed is None else sample.seed
    drawn = queue_samples.draw(
        engine,
        scope,
        unit,
        window=Window(sample.start, sample.end),
        filter=sample.filter,
        size=sample.size,
        seed=seed,
    )
    return Chosen(drawn.subjects, [], sample.model_copy(update={"seed": seed}), drawn)


def put_in(change: Change, queue: Queue, chosen: Chosen, people: Sequence[str]) -> ItemsAdded:
    """Put what was chosen into a queue."""
    added = Added(0, 0)
    if chosen.subjects:
        added = add_items(
            change.session,
            queue,
            chosen.subjects,
            added_by=change.caller.name,
            fill=_fill(change, queue, chosen),
            assign_to=people,
        )
    return ItemsAdded(
        added=added.added,
        present=added.present,
        unknown=[SubjectIn(trace_id=s.trace_id, span_id=s.span_id) for s in chosen.unknown],
        sample=_told(chosen),
    )


def _fill(change: Change, queue: Queue, chosen: Chosen) -> QueueFill | None:
    sample, drawn = chosen.sample, chosen.drawn
    if sample is None or drawn is None:
        return None
    return QueueFill(
        queue_id=queue.id,
        filter=sample.filter,
        start=sample.start,
        end=sample.end,
        seed=sample.seed,
        wanted=sample.size,
        matched=drawn.matched,
        by=change.caller.name,
    )


def _told(chosen: Chosen) -> SampleOut | None:
    sample, drawn = chosen.sample, chosen.drawn
    if sample is None or drawn is None or sample.seed is None:
        return None
    return SampleOut(seed=sample.seed, matched=drawn.matched)


def annotators(session: Session, project: str, wanted: Sequence[str]) -> list[str]:
    """Return people as evaluations name them. Raises BadInput for one who cannot annotate in the project."""
    if not wanted:
        return []
    known = {name.casefold(): name for name in _who_can(session, project)}
    if strangers := [name for name in wanted if name.casefold() not in known]:
        raise BadInput(
            f"{strangers[0]} cannot annotate in this project",
            hint="name members with the role annotator, editor or admin",
        )
    return list(dict.fromkeys(known[name.casefold()] for name in wanted))


def _who_can(session: Session, project: str) -> list[str]:
    if current() == LOCAL:
        return [LOCAL.name]
    members = [
        member.person.email
        for member in list_members(session, project)
        if Permission.ANNOTATE in OF_ROLE[member.role] and not member.person.is_disabled
    ]
    operators = select(Person.email).where(Person.is_operator, ~Person.is_disabled)
    return [*members, *session.scalars(operators)]
