"""Annotation queues: what they hold, who gets which item, and what becomes of it, with several people at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from storage.control import queue_items, queue_work, queues
from storage.control.control import Control
from storage.control.criteria import Criterion
from storage.control.models import now
from storage.control.queue_items import Subject, add_items
from storage.control.queue_models import Answer, AnswerState, ItemState, Queue, QueueItem
from storage.control.queue_work import NotYours, hand_out, record_answer
from storage.control.queues import QueueSpec, create_queue, edit_queue, get_queue, progress
from storage.errors import BadInput

HELPFUL = Criterion(name="helpful", kind="boolean")
PROJECT = "default"


def spec(**more: Any) -> QueueSpec:
    """Return the description of a queue of traces."""
    return QueueSpec(**{"name": "Answers", "criteria": [HELPFUL], **more})


def trace(number: int) -> Subject:
    """Return a trace to judge."""
    return Subject(f"{number:032x}")


def make(control: Control, *, items: int = 0, **more: Any) -> str:
    """Make a queue of so many items; return its id."""
    with control.database.session() as session:
        queue = create_queue(session, PROJECT, spec(**more), created_by="eda")
        if items:
            add_items(session, queue, [trace(i) for i in range(items)], added_by="eda")
        return queue.id


def the(session: Any, queue_id: str) -> Queue:
    """Return a queue that is there."""
    queue = get_queue(session, PROJECT, queue_id)
    assert queue is not None
    return queue


def next_for(control: Control, queue_id: str, annotator: str) -> QueueItem | None:
    """Hand out an item as a request does."""
    with control.database.session() as session:
        return hand_out(session, the(session, queue_id), annotator)


def answer(
    control: Control, queue_id: str, item: QueueItem | None, annotator: str, *, skip: str = ""
) -> ItemState:
    """Judge or skip an item; return its state."""
    assert item is not None
    with control.database.session() as session:
        queue = the(session, queue_id)
        held = queue_items.get_item(session, queue, item.id)
        assert held is not None
        queue_work.claim(session, queue, held, annotator)
        state = AnswerState.SKIPPED if skip else AnswerState.DONE
        record_answer(session, queue, held, annotator, state, reason=skip)
        return ItemState(held.state)


def counts(control: Control, queue_id: str) -> tuple[int, int, int]:
    """Return how many items are open, done and skipped."""
    with control.database.reading() as session:
        found = progress(session, [queue_id])[queue_id]
    assert found.items == found.open + found.done + found.skipped
    return found.open, found.done, found.skipped


def test_a_queue_comes_back_as_it_was_made(control: Control) -> None:
    """Name, unit, criteria and the rest are kept, trimmed; another project does not have it."""
    criteria = [HELPFUL, Criterion(name="tone", kind="category", labels=("warm", "rude"))]
    queue_id = make(control, name=" Tone ", unit="span", annotators=2, criteria=criteria)

    with control.database.reading() as session:
        queue = the(session, queue_id)
        elsewhere = get_queue(session, "other", queue_id)

    assert (queue.name, queue.unit, queue.annotators) == ("Tone", "span", 2)
    assert queue.criteria == criteria
    assert elsewhere is None


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ({"name": " "}, "needs a name"),
        ({"annotators": 0}, "0 annotators"),
        ({"annotators": 99}, "99 annotators"),
        ({"unit": "session"}, "session"),
        ({"criteria": []}, "0 criteria"),
    ],
)
def test_what_is_no_queue_is_refused(control: Control, wrong: dict[str, Any], about: str) -> None:
    """The message says what to mend, and nothing is kept."""
    with pytest.raises(BadInput, match=about):
        make(control, **wrong)

    with control.database.reading() as session:
        assert queues.list_queues(session, PROJECT) == []


def test_a_name_is_taken_once(control: Control) -> None:
    """A second queue of the name is refused, also while the first one is archived."""
    queue_id = make(control)
    with pytest.raises(BadInput, match="Answers"):
        make(control)
    with control.database.session() as session:
        queues.archive_queue(the(session, queue_id))

    with pytest.raises(BadInput, match="archived"):
        make(control)


def test_an_archived_queue_hands_nothing_out(control: Control) -> None:
    """It leaves the list, takes and gives no items, and can be brought back."""
    queue_id = make(control, items=1)
    with control.database.session() as session:
        queues.archive_queue(the(session, queue_id))

    with pytest.raises(BadInput, match="archived"):
        next_for(control, queue_id, "ann")
    with control.database.session() as session:
        assert queues.list_queues(session, PROJECT) == []
        assert [q.id for q in queues.list_queues(session, PROJECT, archived=True)] == [queue_id]
        queues.restore_queue(the(session, queue_id))

    assert next_for(control, queue_id, "ann") is not None


def test_items_are_added_once(control: Control) -> None:
    """The same trace twice is one item; what was judged is not opened again."""
    queue_id = make(control, items=2)
    answer(control, queue_id, next_for(control, queue_id, "ann"), "ann")

    with control.database.session() as session:
        again = [trace(0), trace(1), trace(2), trace(2)]
        added = add_items(session, the(session, queue_id), again, added_by="eda")

    assert (added.added, added.present) == (1, 2)
    assert counts(control, queue_id) == (2, 1, 0)


@pytest.mark.parametrize(
    ("unit", "subject"), [("trace", Subject("a" * 32, "b" * 16)), ("span", Subject("a" * 32))]
)
def test_an_item_is_of_the_queues_unit(control: Control, unit: str, subject: Subject) -> None:
    """A span in a queue of traces is refused, and the other way round."""
    queue_id = make(control, unit=unit)

    with (
        pytest.raises(BadInput, match=unit),
        control.database.session() as session,
    ):
        add_items(session, the(session, queue_id), [subject], added_by="eda")


def test_items_come_in_order_and_run_out(control: Control) -> None:
    """A person gets each item once, in the order of adding, and then nothing."""
    queue_id = make(control, items=3)
    seen = []
    while item := next_for(control, queue_id, "ann"):
        seen.append(item.trace_id)
        answer(control, queue_id, item, "ann")

    assert seen == [trace(i).trace_id for i in range(3)]
    assert counts(control, queue_id) == (0, 3, 0)


def test_an_item_on_hand_stays_on_hand(control: Control) -> None:
    """Asking again, as a page does that is loaded anew, gives the same item."""
    queue_id = make(control, items=2)
    first, again = (next_for(control, queue_id, "ann") for _ in range(2))

    assert first is not None
    assert again is not None
    assert first.id == again.id


def test_two_people_do_not_get_the_same_item(control: Control) -> None:
    """While one has it, another gets the next; with nothing left, nothing."""
    queue_id = make(control, items=1)

    assert next_for(control, queue_id, "ann") is not None
    assert next_for(control, queue_id, "ben") is None


def test_a_lease_runs_out(control: Control) -> None:
    """After half an hour the item goes to somebody else; the first one's judgement still counts."""
    queue_id = make(control, items=1)
    held = next_for(control, queue_id, "ann")
    assert held is not None
    with control.database.session() as session:
        lease = session.get_one(Answer, (held.id, "ann"))
        assert lease.leased_until is not None
        assert timedelta(minutes=29) < lease.leased_until - now() <= queue_work.LEASE
        lease.leased_until = now() - timedelta(seconds=1)

    taken = next_for(control, queue_id, "ben")

    assert taken is not None
    assert taken.id == held.id
    assert answer(control, queue_id, taken, "ben") == ItemState.DONE
    assert answer(control, queue_id, held, "ann") == ItemState.DONE


def test_an_item_for_two_goes_to_two_different_people(control: Control) -> None:
    """It is open until both have answered, and no third one gets it."""
    queue_id = make(control, items=1, annotators=2)
    first = next_for(control, queue_id, "ann")

    assert answer(control, queue_id, first, "ann") == ItemState.OPEN
    assert next_for(control, queue_id, "ann") is None
    second = next_for(control, queue_id, "ben")
    assert next_for(control, queue_id, "cem") is None
    assert answer(control, queue_id, second, "ben") == ItemState.DONE


def test_who_was_not_asked_cannot_answer(control: Control) -> None:
    """An item that has all its people refuses another; one that has not takes them."""
    queue_id = make(control, items=2)
    item = next_for(control, queue_id, "ann")
    answer(control, queue_id, item, "ann")

    with pytest.raises(NotYours):
        answer(control, queue_id, item, "ben")

    with control.database.reading() as session:
        other = queue_items.list_items(session, the(session, queue_id), limit=10)[1]
    assert answer(control, queue_id, other, "ben") == ItemState.DONE


def test_a_skipped_item_is_answered_and_can_be_put_back(control: Control) -> None:
    """Skipping takes the person's place; put back, the item is handed out again."""
    queue_id = make(control, items=1)
    item = next_for(control, queue_id, "ann")

    assert answer(control, queue_id, item, "ann", skip="not English") == ItemState.SKIPPED
    assert next_for(control, queue_id, "ben") is None
    with control.database.session() as session:
        queue = the(session, queue_id)
        held = queue_items.get_item(session, queue, item.id if item else 0)
        assert held is not None
        (skipped,) = queue_items.answers_of(session, [held])[held.id]
        assert skipped.reason == "not English"
        queue_work.put_back(session, queue, held)

    assert next_for(control, queue_id, "ann") is not None


def test_a_removed_item_is_out_of_the_queue(control: Control) -> None:
    """Nobody gets it any more, whoever had it; added again, it is a new item that nobody has answered."""
    queue_id = make(control, items=2)
    first = next_for(control, queue_id, "ann")
    assert answer(control, queue_id, next_for(control, queue_id, "ben"), "ben") == ItemState.DONE

    with control.database.session() as session:
        queue = the(session, queue_id)
        for item in queue_items.list_items(session, queue, limit=10):
            queue_items.remove_item(session, queue, item)

    assert counts(control, queue_id) == (0, 0, 0)
    assert next_for(control, queue_id, "ann") is None
    with control.database.session() as session:
        queue = the(session, queue_id)
        assert session.scalars(select(Answer)).all() == []
        assert queue_items.subjects_of(session, queue) == set()
        assert add_items(session, queue, [trace(0)], added_by="eda").added == 1
        assert queue_items.subjects_of(session, queue) == {trace(0)}
    again = next_for(control, queue_id, "ben")
    assert again is not None
    assert first is not None
    assert again.trace_id == first.trace_id


def test_one_judgement_makes_a_skipped_item_done(control: Control) -> None:
    """Where one of two skipped and the other judged, the item is done; a skip can be taken back by judging."""
    queue_id = make(control, items=1, annotators=2)
    item = next_for(control, queue_id, "ann")
    answer(control, queue_id, item, "ann", skip="unclear")
    next_for(control, queue_id, "ben")

    assert answer(control, queue_id, item, "ben", skip="unclear too") == ItemState.SKIPPED
    assert answer(control, queue_id, item, "ben") == ItemState.DONE


def test_the_answer_before_can_be_found_again(control: Control) -> None:
    """Going back finds what the person answered last, then what came before it, and no one else's."""
    queue_id = make(control, items=3)
    mine = []
    for _ in range(2):
        item = next_for(control, queue_id, "ann")
        assert item is not None
        mine.append(item.id)
        answer(control, queue_id, item, "ann")
    answer(control, queue_id, next_for(control, queue_id, "ben"), "ben")

    with control.database.reading() as session:
        queue = the(session, queue_id)
        last = queue_work.answered_before(session, queue, "ann", None)
        before = queue_work.answered_before(session, queue, "ann", last)
        nothing = queue_work.answered_before(session, queue, "ann", before)

    assert [last and last.id, before and before.id, nothing] == [mine[1], mine[0], None]


def test_assigned_items_come_first_and_wait(control: Control) -> None:
    """Items given to people by name are shared out among them; each gets theirs, others get none of them."""
    queue_id = make(control)
    with control.database.session() as session:
        queue = the(session, queue_id)
        subjects = [trace(i) for i in range(4)]
        add_items(session, queue, subjects, added_by="eda", assign_to=["ann", "ben"])

    assert next_for(control, queue_id, "cem") is None
    mine = []
    while item := next_for(control, queue_id, "ben"):
        mine.append(item.trace_id)
        answer(control, queue_id, item, "ben")
    assert mine == [trace(1).trace_id, trace(3).trace_id]
    assert counts(control, queue_id) == (2, 2, 0)


def test_an_item_waits_for_everybody_who_was_named(control: Control) -> None:
    """Three people named for an item that needs one: it is done when all three have answered."""
    queue_id = make(control, items=1)
    with control.database.session() as session:
        queue = the(session, queue_id)
        (item,) = queue_items.list_items(session, queue, limit=1)
        queue_work.assign(session, queue, item, ["ann", "ben", "cem"])

    assert answer(control, queue_id, next_for(control, queue_id, "ann"), "ann") == ItemState.OPEN
    assert answer(control, queue_id, next_for(control, queue_id, "ben"), "ben") == ItemState.OPEN
    assert answer(control, queue_id, next_for(control, queue_id, "cem"), "cem") == ItemState.DONE


def test_an_item_is_taken_back_from_who_was_named(control: Control) -> None:
    """Put back, it no longer waits for the one who will not come; who has judged it has judged it."""
    queue_id = make(control, items=1, annotators=2)
    with control.database.session() as session:
        queue = the(session, queue_id)
        (item,) = queue_items.list_items(session, queue, limit=1)
        queue_work.assign(session, queue, item, ["ann", "left the company"])
    answer(control, queue_id, next_for(control, queue_id, "ann"), "ann")
    assert next_for(control, queue_id, "ben") is None

    with control.database.session() as session:
        queue = the(session, queue_id)
        (item,) = queue_items.list_items(session, queue, limit=1)
        queue_work.put_back(session, queue, item)

    assert next_for(control, queue_id, "ann") is None
    assert answer(control, queue_id, next_for(control, queue_id, "ben"), "ben") == ItemState.DONE


def test_more_annotators_open_items_again(control: Control) -> None:
    """An item that was done for one is open once two are asked for, and done again when one is."""
    queue_id = make(control, items=2)
    answer(control, queue_id, next_for(control, queue_id, "ann"), "ann")
    for annotators, expected in ((2, (2, 0, 0)), (1, (1, 1, 0))):
        with control.database.session() as session:
            edit_queue(session, the(session, queue_id), spec(annotators=annotators))

        assert counts(control, queue_id) == expected


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"unit": "span"}, "traces already"),
        ({"criteria": [Criterion(name="helpful", kind="number", minimum=0, maximum=1)]}, "boolean"),
    ],
)
def test_judgements_of_two_kinds_cannot_pass_for_one(
    control: Control, change: dict[str, Any], about: str
) -> None:
    """A queue with items keeps its unit, and a criterion its kind; a new criterion may come."""
    queue_id = make(control, items=1)

    with pytest.raises(BadInput, match=about), control.database.session() as session:
        edit_queue(session, the(session, queue_id), spec(**change))
    with control.database.session() as session:
        more = [HELPFUL, Criterion(name="polite", kind="boolean")]
        edit_queue(session, the(session, queue_id), spec(name="Better", criteria=more))

    with control.database.reading() as session:
        queue = the(session, queue_id)
    assert (queue.name, [c.name for c in queue.criteria]) == ("Better", ["helpful", "polite"])


def test_progress_says_who_did_what(control: Control) -> None:
    """Done, skipped and waiting by person; what is only on hand is nobody's work yet."""
    queue_id = make(control, items=4)
    answer(control, queue_id, next_for(control, queue_id, "ann"), "ann")
    answer(control, queue_id, next_for(control, queue_id, "ben"), "ben", skip="odd")
    next_for(control, queue_id, "cem")

    with control.database.reading() as session:
        found = progress(session, [queue_id])[queue_id]

    assert [(p.annotator, p.done, p.skipped) for p in found.people] == [
        ("ann", 1, 0),
        ("ben", 0, 1),
    ]
    assert (found.items, found.open, found.done, found.skipped) == (4, 2, 1, 1)


def test_a_crowd_shares_a_queue_without_a_double(control: Control) -> None:
    """Six people at once: every item goes to two different people, each person gets an item once, none is left."""
    queue_id = make(control, items=12, annotators=2)

    def work(annotator: str) -> list[int]:
        done = []
        while item := next_for(control, queue_id, annotator):
            done.append(item.id)
            answer(control, queue_id, item, annotator)
        return done

    with ThreadPoolExecutor(6) as pool:
        shares = list(pool.map(work, [f"p{i}" for i in range(6)]))

    # Who found nothing free while others had the rest on hand stopped early; that is as it should be.
    every = [item for share in shares for item in share]
    assert all(len(set(share)) == len(share) for share in shares)
    assert len(every) == 24
    assert {every.count(item) for item in every} == {2}
    assert counts(control, queue_id) == (0, 12, 0)
