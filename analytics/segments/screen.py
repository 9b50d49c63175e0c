"""The first look at segments: the test of analytics.strata for all values of a dimension at once, in few passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.segments.table import Family, Table
from analytics.strata import Codes, Floats, crossed, deviations, summed
from analytics.tails import pearson_tail

_LEAST_KEPT: Final = 0.5
"""As for one segment alone: what a thing held equal has to leave of what a comparison tells."""
_CHANGED: Final = ("input_length",)
"""What follows from the prompt and from how a model counts tokens."""


@dataclass(frozen=True, slots=True)
class Screened:
    """Of each segment of a family: the chance of such a difference by luck, sessions left aside."""

    p: list[float]
    is_apart: list[bool]
    """This segment has hardly anything to be compared with in what was held equal for the family."""


def screened(table: Table, family: Family) -> Screened:
    """Return the first look at a family."""
    strata: Codes = np.zeros(family.codes.size, dtype=np.int64)
    sums = _Sums(table, family, strata)
    least = crude = sums.information()
    for name in held_for(table, family.dimensions):
        finer = crossed([strata, table.columns[name].codes], strata.size)
        of_finer = _Sums(table, family, finer)
        if of_finer.information().sum() >= _LEAST_KEPT * crude.sum():
            strata, sums, least = finer, of_finer, of_finer.information()
    return Screened(sums.p(), list(least < _LEAST_KEPT / 2 * crude))


def held_for(table: Table, dimensions: Sequence[str]) -> list[str]:
    """Return what may be held equal for segments of these dimensions: not what a prompt or model itself changes."""
    changed = _CHANGED if {"prompt_version", "model"} & set(dimensions) else ()
    return [name for name in table.columns if name not in dimensions and name not in changed]


class _Sums:
    """Sums over each segment and stratum that occur together."""

    def __init__(self, table: Table, family: Family, strata: Codes) -> None:
        sampled = table.sampled
        self.is_weighted, self.is_share = sampled.is_weighted, sampled.is_share
        self.segments = len(family.segments)
        inside = family.codes >= 0
        size = int(strata.max(initial=-1)) + 1
        self.weight = summed(strata, sampled.weight, size)
        self.count = np.bincount(strata, minlength=size).astype(np.float64)
        total = summed(strata, sampled.weight * sampled.y, size)
        mean = total / np.where(self.weight > 0, self.weight, 1)
        deviation = sampled.weight * deviations(sampled.y, mean[strata])
        self.powers = [summed(strata, deviation**n, size) for n in (2, 3)]
        places, where = np.unique(family.codes[inside] * size + strata[inside], return_inverse=True)
        self.segment, self.stratum = places // size, places % size
        self.ours = np.bincount(where).astype(np.float64)
        self.ours_weight = summed(where, sampled.weight[inside])
        self.ours_powers = [summed(where, deviation[inside] ** n) for n in (1, 2, 3)]

    def information(self) -> Floats:
        """Return by segment the sum over strata of n1 n0 / n."""
        all_weight = self.weight[self.stratum]
        return self._by_segment(self.ours_weight * (all_weight - self.ours_weight) / all_weight)

    def p(self) -> list[float]:
        total = self._by_segment(self.ours_powers[0])
        variance, third = self._weighted() if self.is_weighted else self._permuted()
        if self.is_share and not self.is_weighted:
            total -= 0.5
        return [pearson_tail(*of) for of in zip(total, variance, third, strict=True)]

    def _permuted(self) -> tuple[Floats, Floats]:
        n, ours = self.count[self.stratum], self.ours
        pairs = ours * (n - ours) / (n * np.maximum(n - 1, 1))
        skewed = np.where(n > 2, pairs * (n - 2 * ours) / np.maximum(n - 2, 1), 0)
        squares, cubes = (power[self.stratum] for power in self.powers)
        return self._by_segment(pairs * squares), self._by_segment(skewed * cubes)

    def _weighted(self) -> tuple[Floats, Floats]:
        share = self.ours_weight / self.weight[self.stratum]
        squares, cubes = (power[self.stratum] for power in self.powers)
        _, ours_squares, ours_cubes = self.ours_powers
        n = self.count[self.stratum]
        few = np.where(n > 1, n / np.maximum(n - 1, 1), 0)
        second = (1 - share) ** 2 * ours_squares + share**2 * (squares - ours_squares)
        third = (1 - share) ** 3 * ours_cubes - share**3 * (cubes - ours_cubes)
        return self._by_segment(few * second), self._by_segment(few * third)

    def _by_segment(self, parts: Floats) -> Floats:
        return summed(self.segment, parts, self.segments)


def adjusted(p: Sequence[float]) -> list[float]:
    """Return p-values corrected for how many there are; those up to q have an expected share of false ones up to q.

    Y. Benjamini and Y. Hochberg, J. Royal Statistical Society B 57, 1995.
    """
    order = sorted(range(len(p)), key=lambda i: p[i], reverse=True)
    least, found = 1.0, [1.0] * len(p)
    for place, i in enumerate(order):
        least = min(least, p[i] * len(p) / (len(p) - place))
        found[i] = least
    return found
