"""Search all segments for those that are worse than like traffic, and fold under each what it explains."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from analytics.segments.screen import Screened, adjusted, held_for, screened
from analytics.segments.table import Family, Segment, Table, families
from analytics.strata import Codes, Contrast, Mask, contrast, held_equal

Q: Final = 0.05
"""Expected share of false ones among the segments found."""
LEAST: Final = 30
"""Traces that a segment has, and that are left to compare it with."""
_LOOK_AGAIN: Final = 2.0
"""A first look with this many times `q` or less is followed by one at the segment by itself."""
_BEYOND: Final = 0.01
"""Chance below which a pair is taken to be worse than the rest of one of its values."""
MAX_FOUND: Final = 50
"""Segments that are told, those of which it is surest first."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A segment that seems worse because of another: the rest of it is not, as far as can be told."""

    segment: Segment
    n: int
    contrast: Contrast


@dataclass(slots=True)
class Found:
    """A segment that is worse, and what it explains."""

    segment: Segment
    n: int
    contrast: Contrast
    crude: Contrast
    """Against all other traces."""
    p_adjusted: float
    held: list[str]
    """What was the same in what it was compared with."""
    not_held: list[str]
    """What could not be held equal, as hardly anything else is like it there: it may be due to these."""
    mask: Mask
    folded: list[Folded] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, and how many segments it tested."""

    found: list[Found]
    tested: int


def search(table: Table, *, q: float = Q, least: int = LEAST) -> Searched:
    """Return the segments whose outcome is worse than that of like traces, the surest first.

    Every segment of one or two dimensions with enough traces is tested, one-sided, against the others that are the
    same in the other dimensions; the false-discovery rate over all of them is held at `q`. One that is no longer worse
    without the traces of a surer one is folded under it.
    """
    looks = [_Look(table, family, screened(table, family)) for family in families(table, least)]
    tests = [test for look in looks for test in look.tests(q, least)]
    corrected = adjusted([test.p for test in tests])
    worse = sorted(
        (c, test.p, place)
        for place, (test, c) in enumerate(zip(tests, corrected, strict=True))
        if c <= q and test.candidate is not None
    )
    limit = max((p for _, p, _ in worse), default=0.0)
    candidates = [(tests[place].candidate, c) for c, _, place in worse]
    return Searched(
        _folded(table, [(one, c) for one, c in candidates if one], limit, least), len(tests)
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    segment: Segment
    mask: Mask
    strata: Codes
    held: list[str]
    contrast: Contrast


@dataclass(frozen=True, slots=True)
class _Test:
    p: float
    candidate: _Candidate | None
    """None where the first look already told that there is nothing, or there is nothing to compare with."""


@dataclass(frozen=True, slots=True)
class _Look:
    table: Table
    family: Family
    first: Screened

    def tests(self, q: float, least: int) -> Iterator[_Test]:
        """Give a test of each segment that has anything to be compared with."""
        for place, segment in enumerate(self.family.segments):
            mask = self.family.codes == place
            if mask.size - int(mask.sum()) < least:
                continue
            if self.first.p[place] > _LOOK_AGAIN * q and not self.first.is_apart[place]:
                yield _Test(1.0, None)
            else:
                yield self._by_itself(segment, mask)

    def _by_itself(self, segment: Segment, mask: Mask) -> _Test:
        others = {
            name: self.table.columns[name].codes
            for name in held_for(self.table, self.family.dimensions)
        }
        held, strata = held_equal(mask, self.table.sampled.weight, others)
        return self._test(segment, mask, strata, held)

    def _test(self, segment: Segment, mask: Mask, strata: Codes, held: list[str]) -> _Test:
        found = contrast(self.table.sampled, mask, strata)
        if found is None:
            return _Test(1.0, None)
        return _Test(found.p, _Candidate(segment, mask, strata, held, found))


def _folded(
    table: Table, candidates: list[tuple[_Candidate, float]], limit: float, least: int
) -> list[Found]:
    """Return those that stand for themselves, others folded under the one that explains most of them."""
    found: list[Found] = []
    explained = np.zeros(table.sampled.y.size, dtype=np.bool_)
    for candidate, corrected in _simplest_first(table, candidates, least):
        if not found or _stands(table, candidate, explained, found, limit, least):
            found.append(_found(table, candidate, corrected))
            explained |= candidate.mask
        else:
            most = max(
                found, key=lambda f: (int((f.mask & candidate.mask).sum()), -int(f.mask.sum()))
            )
            n = int(candidate.mask.sum())
            most.folded.append(Folded(candidate.segment, n, candidate.contrast))
    return found[:MAX_FOUND]


def _simplest_first(
    table: Table, candidates: list[tuple[_Candidate, float]], least: int
) -> list[tuple[_Candidate, float]]:
    """Return candidates in their order, but before a pair the value of it that does as well.

    The surest of many pairs of something that is worse everywhere is the surest by luck.
    """
    alone = [one for one in candidates if len(one[0].segment.values) == 1]
    ordered: dict[int, tuple[_Candidate, float]] = {}
    for one in candidates:
        for other in alone:
            is_part = other[0].segment.values.items() < one[0].segment.values.items()
            if is_part and not _is_worse_among(table, one[0], other[0].mask, _BEYOND, least):
                ordered.setdefault(id(other), other)
        ordered.setdefault(id(one), one)
    return list(ordered.values())


def _stands(  # noqa: PLR0917 - the parts of one decision
    table: Table, one: _Candidate, explained: Mask, found: list[Found], limit: float, least: int
) -> bool:
    """Tell whether a segment is worse apart from what has been found, or worse than the rest of what it is part of."""
    if _is_worse_among(table, one, ~explained, limit, least):
        return True
    around = [f for f in found if not (one.mask & ~f.mask).any()]
    return bool(around) and all(_is_worse_among(table, one, f.mask, limit, least) for f in around)


def _is_worse_among(table: Table, one: _Candidate, among: Mask, limit: float, least: int) -> bool:
    mask = one.mask[among]
    if not least <= int(mask.sum()) <= mask.size - least:
        return False
    found = contrast(table.sampled.where(among), mask, one.strata[among])
    return found is not None and found.p <= limit


def _found(table: Table, one: _Candidate, corrected: float) -> Found:
    not_held = [n for n in table.columns if n not in one.held and n not in one.segment.values]
    crude = contrast(table.sampled, one.mask, np.zeros(one.mask.size, dtype=np.int64))
    return Found(
        segment=one.segment,
        n=int(one.mask.sum()),
        contrast=one.contrast,
        crude=crude or one.contrast,
        p_adjusted=corrected,
        held=one.held,
        not_held=not_held,
        mask=one.mask,
    )
