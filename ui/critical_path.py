"""What decides when a trace ends: shorten it and the trace gets shorter."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A span's place in time and in the tree; `parent` is an index, -1 for a root."""

    start: int
    end: int
    parent: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time in which a span itself, and nothing below it, was what the trace waited for."""

    index: int
    start: int
    end: int


def critical_path(spans: Sequence[Interval]) -> list[Segment]:
    """Return the critical path, the latest stretch first; together the segments cover the root that ends last.

    Walk back from the end of that root: the child that ends last before that moment was what its parent waited for; go
    on from its start to the child that ended before it, and into each such child in the same way. (The rule of
    Jaeger's critical path.) Time that no such child covers is the parent's own. A child that goes on after its
    parent's end is work in the background: it held nobody up.
    """
    children: dict[int, list[int]] = {}
    for index, span in enumerate(spans):
        children.setdefault(span.parent, []).append(index)
    roots = children.get(-1, [])
    if not roots:
        return []
    root = max(roots, key=lambda index: spans[index].end)
    waiting = [Segment(root, spans[root].start, spans[root].end)]
    path: list[Segment] = []
    while waiting:
        waited_for = waiting.pop()
        held_up_by = list(_held_up_by(spans, waited_for, children.get(waited_for.index, [])))
        path += _own_time(waited_for, held_up_by)
        waiting += held_up_by
    return sorted(path, key=lambda segment: segment.end, reverse=True)


def _held_up_by(
    spans: Sequence[Interval], parent: Segment, children: list[int]
) -> Iterator[Segment]:
    """Yield the children that a parent waited for, the last first, each cut to begin no earlier than the parent."""
    until = parent.end
    for child in sorted(children, key=lambda index: (spans[index].end, index), reverse=True):
        if parent.start < spans[child].end <= until:
            until = max(parent.start, spans[child].start)
            yield Segment(child, until, spans[child].end)


def _own_time(parent: Segment, held_up_by: list[Segment]) -> Iterator[Segment]:
    """Yield the stretches of a span between the children that it waited for."""
    until = parent.end
    for child in held_up_by:
        if child.end < until:
            yield Segment(parent.index, child.end, until)
        until = child.start
    if parent.start < until:
        yield Segment(parent.index, parent.start, until)
