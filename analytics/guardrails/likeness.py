"""Which attacking texts are like one another: a wave of them is one pattern, however its words were changed.

Two texts are alike where the sets of their pairs of neighbouring words overlap by `ALIKE` or more (Jaccard), judged by
the smallest hashes of each set, which is exact for texts of up to `storage.guardrails.SKETCH` pairs and else an
unbiased estimate (E. Cohen, H. Kaplan, Summarizing data using bottom-k sketches, PODC 2007). A text joins a pattern by
being like any text of it, so that a wave stays one while its words drift.

Measured on the 196 jailbreaks of eight communities that X. Shen et al. (2023) tell apart, among 666: at 0.3, 98 of 100
pairs that are put together are of one community, and 69 of 100 pairs of one community are put together. At 0.2 a chain
begins to join communities (66 of 100).
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

ALIKE: Final = 0.3

_KEYS: Final = 24
"""Smallest hashes of a text under which like ones are looked for."""
_KEPT: Final = 8
"""Texts that are remembered under a hash, the latest: those of one wave hold nearly the same hashes."""


def groups(sketches: Sequence[Sequence[int]], size: int) -> list[int]:
    """Return for each sketch the number of its group, which is the place of the group's first member.

    Sketches are ascending and hold at most `size` hashes. One without hashes is like the others without.
    """
    parents = list(range(len(sketches)))
    sets = [frozenset(sketch) for sketch in sketches]
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for place, sketch in enumerate(sketches):
        near = {other for key in sketch[:_KEYS] for other in holders[key][-_KEPT:]}
        for other in sorted(near):
            mine, theirs = _root(parents, place), _root(parents, other)
            if mine != theirs and likeness(sets[place], sets[other], size) >= ALIKE:
                parents[max(mine, theirs)] = min(mine, theirs)
        for key in sketch[:_KEYS]:
            holders[key].append(place)
    empty = next((place for place, sketch in enumerate(sketches) if not sketch), 0)
    return [_root(parents, place) if sketches[place] else empty for place in range(len(sketches))]


def likeness(one: frozenset[int], other: frozenset[int], size: int) -> float:
    """Return the overlap of two sets of which the `size` smallest hashes are known."""
    shared = one & other
    together = len(one) + len(other) - len(shared)
    if together <= size:
        return len(shared) / together if together else 1.0
    if len(shared) < ALIKE * size:
        # No more of the smallest can be shared than are shared at all: it will not do, and most pairs end here.
        return len(shared) / size
    return sum(hash_ in shared for hash_ in sorted(one | other)[:size]) / size


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place
