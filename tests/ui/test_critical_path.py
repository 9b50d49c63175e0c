"""What a trace waited for."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ui.critical_path import Interval, Segment, critical_path


def test_a_lone_span_waits_for_itself() -> None:
    """Without children all time is the span's own."""
    assert critical_path([Interval(0, 10, -1)]) == [Segment(0, 0, 10)]


def test_no_spans_have_no_path() -> None:
    """Nothing has no critical path."""
    assert critical_path([]) == []


def test_of_parallel_children_the_last_one_counts() -> None:
    """The child that ended first held nobody up."""
    spans = [Interval(0, 10, -1), Interval(1, 4, 0), Interval(1, 9, 0)]

    assert critical_path(spans) == [Segment(0, 9, 10), Segment(2, 1, 9), Segment(0, 0, 1)]


def test_children_one_after_the_other_all_count() -> None:
    """A chain of calls is on the path, and so is the pause between them: the parent's own time."""
    spans = [Interval(0, 10, -1), Interval(1, 4, 0), Interval(6, 9, 0)]

    assert [(s.index, s.start, s.end) for s in critical_path(spans)] == [
        (0, 9, 10),
        (2, 6, 9),
        (0, 4, 6),
        (1, 1, 4),
        (0, 0, 1),
    ]


def test_work_in_the_background_holds_nobody_up() -> None:
    """A child that goes on after its parent's end is not on the path."""
    assert critical_path([Interval(0, 10, -1), Interval(2, 30, 0)]) == [Segment(0, 0, 10)]


def test_the_root_that_ends_last_counts() -> None:
    """Of several roots, the trace waited for the one that ended last."""
    assert critical_path([Interval(0, 5, -1), Interval(1, 8, -1)]) == [Segment(1, 1, 8)]


@st.composite
def _trees(draw: st.DrawFn) -> list[Interval]:
    spans: list[Interval] = []
    for index in range(draw(st.integers(1, 25))):
        start = draw(st.integers(0, 100))
        spans.append(
            Interval(start, start + draw(st.integers(0, 100)), draw(st.integers(-1, index - 1)))
        )
    return spans


@settings(deadline=None)
@given(_trees())
def test_segments_cover_the_last_root_once(spans: list[Interval]) -> None:
    """From the root's end back to its start there is no gap and no overlap, whatever clocks did to the children."""
    path = critical_path(spans)
    root = max((span for span in spans if span.parent == -1), key=lambda span: span.end)

    assert all(segment.start < segment.end for segment in path)
    until = root.end
    for segment in path:
        assert segment.end == until
        until = segment.start
    assert root.start in {until, root.end}
