"""The tree of a trace in drawing order."""

import random

from storage.spans import SpanSummary, Trace
from tests.ui.samples import summary
from ui.waterfall import in_tree_order, waterfall


def trace(*spans: SpanSummary) -> Trace:
    """Return a trace of spans."""
    return Trace(trace_id="t", facts=None, spans=list(spans), logs=[], evaluations=[])


def test_children_follow_their_parent_in_order_of_start() -> None:
    """A parent, then its first child with everything under it, then the next child."""
    spans = [
        summary("root"),
        summary("a", "root", 1),
        summary("b", "root", 2),
        summary("a1", "a", 3),
    ]

    ordered, parents = in_tree_order(spans)

    assert [s.span_id for s in ordered] == ["root", "a", "a1", "b"]
    assert parents == [-1, 0, 1, 0]


def test_a_span_without_its_parent_stands_at_the_top() -> None:
    """Late or lost parents do not hide their children."""
    drawn = waterfall(trace(summary("root"), summary("lost", "nobody", 5)))

    assert drawn["id"] == ["root", "lost"]
    assert drawn["depth"] == [0, 0]
    assert drawn["orphan"] == [1]


def test_parents_in_a_ring_lose_no_span() -> None:
    """Spans that name each other, or themselves, as parents are all shown once."""
    spans = [summary("a", "c"), summary("b", "a"), summary("c", "b"), summary("self", "self")]

    ordered, _ = in_tree_order(spans)

    assert sorted(s.span_id for s in ordered) == ["a", "b", "c", "self"]


def test_a_span_id_that_came_twice_is_drawn_twice() -> None:
    """Broken senders repeat ids; nothing is dropped and children hang under the first."""
    ordered, parents = in_tree_order([summary("a"), summary("a", "", 1), summary("b", "a", 2)])

    assert [s.span_id for s in ordered] == ["a", "b", "a"]
    assert parents == [-1, 0, -1]


def test_times_are_offsets_and_the_start_keeps_its_nanoseconds() -> None:
    """JavaScript cannot hold Unix nanoseconds, so they travel as text and bars as offsets."""
    start = 1_772_366_400_123_456_789
    drawn = waterfall(
        trace(summary("a", start=start, duration=100), summary("b", "a", start + 30, 90))
    )

    assert drawn["start_unix_nano"] == str(start)
    assert drawn["start"] == [0, 30]
    assert drawn["length"] == 120


def test_columns_that_say_nothing_are_left_out() -> None:
    """A trace without guardrails or retries does not carry thirty thousand empty values of them."""
    drawn = waterfall(trace(summary("a", model="gpt-4o"), summary("b", "a")))

    assert drawn["model"] == ["gpt-4o", ""]
    assert "guardrail" not in drawn
    assert "retries" not in drawn


def test_a_trace_of_30000_spans_ten_thousand_deep_is_drawn() -> None:
    """Neither depth nor number of spans breaks the tree."""
    rng = random.Random(1)
    spans = [summary("0")]
    spans += [
        summary(str(i), str(i - 1 if i < 10_000 else rng.randrange(i)), i) for i in range(1, 30_000)
    ]

    drawn = waterfall(trace(*spans))

    assert drawn["count"] == 30_000
    assert max(drawn["depth"]) >= 9_999
    assert all(parent < row for row, parent in enumerate(drawn["parent"]))
