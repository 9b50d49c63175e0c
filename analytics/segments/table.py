"""Traces as columns: what each is like, in codes, and its outcome."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from analytics.dimensions import Column
from analytics.strata import Codes, Mask, Sampled

_SAME: Final = 0.95
"""Share of a value's traces from which on a pair is the value over again."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Traces that have these values, by dimension."""

    values: Mapping[str, str]

    def mask(self, columns: Mapping[str, Column]) -> Mask:
        """Return which traces are of it."""
        found: Mask = np.ones(next(iter(columns.values())).codes.size, dtype=np.bool_)
        for name, value in self.values.items():
            found &= columns[name].codes == columns[name].values.index(value)
        return found


@dataclass(frozen=True, slots=True)
class Table:
    """Traces to search. Columns stand in the order in which they are held equal: what explains most comes first."""

    columns: Mapping[str, Column]
    sampled: Sampled


@dataclass(frozen=True, slots=True)
class Family:
    """The segments of one dimension, or of a pair: `codes` says of each trace which it is of, -1 for none."""

    dimensions: tuple[str, ...]
    segments: list[Segment]
    codes: Codes
    counts: Codes


def families(table: Table, least: int) -> Iterator[Family]:
    """Give the segments with at least `least` traces: of each dimension, then of each pair of them.

    A pair that is (nearly) all of one of its values is that value, and left out.
    """
    alone = {name: _of_one(name, col, least) for name, col in table.columns.items()}
    yield from (family for family in alone.values() if family.segments)
    for one, other in combinations(table.columns, 2):
        pair = _of_two(alone[one], alone[other], least)
        if pair.segments:
            yield pair


def _of_one(name: str, col: Column, least: int) -> Family:
    counts = np.bincount(col.codes, minlength=len(col.values))
    kept = [i for i, value in enumerate(col.values) if value and counts[i] >= least]
    segments = [Segment({name: col.values[i]}) for i in kept]
    return Family((name,), segments, _renumbered(col.codes, kept, counts.size), counts[kept])


def _of_two(one: Family, other: Family, least: int) -> Family:
    """Return the pairs of what two dimensions have: of values that are segments themselves."""
    wide = len(other.segments)
    both = np.where((one.codes >= 0) & (other.codes >= 0), one.codes * wide + other.codes, -1)
    size = len(one.segments) * wide
    counts = np.bincount(both[both >= 0], minlength=size)
    largest = _SAME * np.minimum.outer(one.counts, other.counts).ravel() if size else counts
    kept = [int(i) for i in np.flatnonzero((counts >= least) & (counts < largest))]
    segments = [
        Segment({**one.segments[i // wide].values, **other.segments[i % wide].values}) for i in kept
    ]
    dimensions = (*one.dimensions, *other.dimensions)
    return Family(dimensions, segments, _renumbered(both, kept, size), counts[kept])


def _renumbered(codes: Codes, kept: Sequence[int], size: int) -> Codes:
    places = np.full(size + 1, -1, dtype=np.int64)
    places[list(kept)] = np.arange(len(kept))
    # Code -1 reads the last place, which is none.
    return places[codes]
