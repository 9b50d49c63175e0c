"""Which spans decide when a trace ends: shorten one of them and the trace gets shorter."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """A span's place in time and in the tree; `parent` is an index, -1 for a root."""

    start: int
    end: int
    parent: int


def critical_path(spans: Sequence[Interval]) -> set[int]:
    """Return the indices of the spans on the critical path.

    Walk back from the end of the root that ends last: the child that ends last before that moment was what its parent
    waited for; go on from its start to the child that ended before it, and into each such child in the same way. (The
    rule of Jaeger's critical path.) Time without a child is the parent's own. A child that goes on after its parent's
    end is work in the background: it held nobody up.
    """
    children: dict[int, list[int]] = {}
    for index, span in enumerate(spans):
        children.setdefault(span.parent, []).append(index)
    roots = children.get(-1, [])
    if not roots:
        return set()
    last = max(roots, key=lambda index: spans[index].end)
    path: set[int] = set()
    waiting = [(last, spans[last].end)]
    while waiting:
        index, until = waiting.pop()
        path.add(index)
        waiting += _held_up_by(spans, spans[index].start, children.get(index, []), until)
    return path


def _held_up_by(
    spans: Sequence[Interval], begin: int, children: list[int], until: int
) -> list[tuple[int, int]]:
    """Return the children that a parent waited for, each with the moment that it was waited for until."""
    found: list[tuple[int, int]] = []
    for child in sorted(children, key=lambda index: (spans[index].end, index), reverse=True):
        start, end = spans[child].start, spans[child].end
        if begin < end <= until:
            found.append((child, end))
            until = max(begin, start)
    return found
