"""Like with like: how far a group of traces differs from others that are the same in everything else that is known.

Traces are put into strata, in each of which what could also explain a difference is the same; only within strata is
anything compared. The difference is that of Mantel and Haenszel (J. National Cancer Institute 22, 1959), for means and
for shares (S. Greenland and J. M. Robins, Biometrics 41, 1985): strata count by n1 n0 / n, which is what least squares
with an effect of each stratum gives too.

Whether there is any difference is told by the permutation distribution within strata (for shares this is the
Mantel-Haenszel test), its tail by a Pearson III curve of the same variance and skewness (P. W. Mielke and K. J. Berry,
Permutation Methods, 2nd ed. 2007): rare failures are far from normal where many segments are looked at. How far it is
is told by a sandwich variance. Both are widened where traces of one session are alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.tails import pearson_tail

Codes = NDArray[np.int64]
"""Whole numbers from 0 on, which stand for values."""
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_ROUNDING: Final = 1e-12
"""Part of a mean by which sums of floating-point numbers may be off."""
_LEAST_KEPT: Final = 0.5
"""Share of what a comparison would tell without strata that holding one thing more equal has to leave."""

_SPARSE: Final = 4
"""Codes a trace from which on they are numbered anew: sums over codes that stand for none cost time too."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """An outcome of traces, larger is worse; how much each counts for; and which of them belong together."""

    y: Floats
    weight: Floats
    cluster: Codes
    is_share: bool
    """`y` is 0 or 1."""

    def where(self, chosen: Mask) -> "Sampled":
        """Return the traces chosen."""
        return Sampled(
            self.y[chosen], self.weight[chosen], self.cluster[chosen], is_share=self.is_share
        )

    @property
    def is_weighted(self) -> bool:
        """Whether some traces count for more than others."""
        return bool(self.weight.size) and bool(np.ptp(self.weight) > 0)


@dataclass(frozen=True, slots=True)
class Contrast:
    """How far a group is from the others, in the strata that have both."""

    difference: float
    error: float
    """Standard error of the difference."""
    group: float
    """The group's mean over strata, weighted as the difference is."""
    others: float
    """The mean of the others, mixed as the group is."""
    p: float
    """Chance of so large a difference, or a larger one, where there is none."""
    information: float
    """Sum of n1 n0 / n over strata."""
    n_group: int
    n_others: int
    clusters: int
    """Sessions that the compared traces are of; a trace without one is one of its own."""


def summed(codes: Codes, parts: NDArray[Any], size: int = 0) -> Floats:
    """Return the sums of parts by code."""
    return np.bincount(codes, parts, size).astype(np.float64, copy=False)


def deviations(y: Floats, mean: Floats) -> Floats:
    """Return how far values are from their means; what differs by rounding alone is 0, and says nothing."""
    found = y - mean
    return np.where(np.abs(found) <= _ROUNDING * np.abs(mean), 0.0, found)


def crossed(columns: Sequence[Codes], n: int) -> Codes:
    """Return codes of the combinations of values of `n` traces; some codes may stand for none."""
    strata: Codes = np.zeros(n, dtype=np.int64)
    for column in columns:
        strata = strata * (int(column.max(initial=0)) + 1) + column
        if int(strata.max(initial=0)) > _SPARSE * n:
            _, strata = np.unique(strata, return_inverse=True)
    return strata


def information(group: Mask, weight: Floats, strata: Codes) -> float:
    """Return the sum over strata of n1 n0 / n."""
    size = int(strata.max(initial=-1)) + 1
    ours = summed(strata[group], weight[group], size)
    both = summed(strata, weight, size)
    return float((ours * (both - ours) / np.where(both > 0, both, 1)).sum())


def held_equal(
    group: Mask, weight: Floats, columns: Mapping[str, Codes]
) -> tuple[list[str], Codes]:
    """Return what can be held equal between a group and the others, and the strata that this makes.

    One thing after the other, in the order of `columns`. What would leave too little to compare, as the group is
    (almost) alone in it, is not held: the comparison cannot tell the group from that.
    """
    n = group.size
    strata: Codes = np.zeros(n, dtype=np.int64)
    least = _LEAST_KEPT * information(group, weight, strata)
    held = []
    for name, column in columns.items():
        finer = crossed([strata, column], n)
        if information(group, weight, finer) >= least:
            held.append(name)
            strata = finer
    return held, strata


def contrast(sampled: Sampled, group: Mask, strata: Codes) -> Contrast | None:
    """Return how far `group` is from the others of the same strata; None where no stratum has both."""
    size = int(strata.max(initial=-1)) + 1
    ours = summed(strata[group], sampled.weight[group], size)
    both = summed(strata, sampled.weight, size)
    kept = ((ours > 0) & (both > ours))[strata]
    if not kept.any():
        return None
    _, strata = np.unique(strata[kept], return_inverse=True)
    return _Compared(sampled.where(kept), group[kept], strata).contrast()


class _Compared:
    """Traces of strata that all have some of the group and some others."""

    def __init__(self, sampled: Sampled, group: Mask, strata: Codes) -> None:
        self.sampled, self.group, self.strata = sampled, group, strata
        x = group.astype(np.float64)
        weight = sampled.weight
        total = summed(strata, weight)
        ours = summed(strata, weight * x)
        self.count = np.bincount(strata).astype(np.float64)
        self.mean = summed(strata, weight * sampled.y) / total
        self.mean_group = summed(strata, weight * x * sampled.y) / ours
        self.mean_others = summed(strata, weight * (1 - x) * sampled.y) / (total - ours)
        self.information = ours * (total - ours) / total
        self.away = x - (ours / total)[strata]
        self.deviation = weight * deviations(sampled.y, self.mean[strata])

    def contrast(self) -> Contrast:
        whole = float(self.information.sum())
        group = float((self.information * self.mean_group).sum()) / whole
        others = float((self.information * self.mean_others).sum()) / whole
        n = self.group.size
        n_group = int(self.group.sum())
        return Contrast(
            difference=group - others,
            error=self._error(group - others, whole),
            group=group,
            others=others,
            p=self._p(),
            information=whole,
            n_group=n_group,
            n_others=n - n_group,
            clusters=int(np.count_nonzero(np.bincount(self.sampled.cluster))),
        )

    def _p(self) -> float:
        total = float(self.deviation[self.group].sum())
        variance, third = self._weighted() if self.sampled.is_weighted else self._permuted()
        design = max(1.0, _design(self.away * self.deviation, self.sampled.cluster))
        if self.sampled.is_share and not self.sampled.is_weighted:
            total -= 0.5  # a count: half of what it can change by
        return pearson_tail(total, design * variance, design * design * third)

    def _permuted(self) -> tuple[float, float]:
        """Return variance and third moment of the group's sum, had it been drawn at random in each stratum."""
        ours = summed(self.strata, self.group)
        return permutation_moments(ours, self.count, *self._powers())

    def _powers(self) -> tuple[Floats, Floats]:
        return summed(self.strata, self.deviation**2), summed(self.strata, self.deviation**3)

    def _weighted(self) -> tuple[float, float]:
        parts = self.away * self.deviation
        few = (self.count / np.maximum(self.count - 1, 1))[self.strata]
        return float((few * parts**2).sum()), float((few * parts**3).sum())

    def _error(self, difference: float, whole: float) -> float:
        """Return the standard error, from how traces differ within strata beyond the common difference.

        A share has at least the error that one more of each kind in both groups gives (A. Agresti and B. Caffo, The
        American Statistician 54, 2000): none so far does not mean never.
        """
        residual = self.deviation - self.sampled.weight * difference * self.away
        few = np.sqrt(self.count / np.maximum(self.count - 1, 1))[self.strata]
        parts = self.away * residual * few
        design = max(1.0, _design(parts, self.sampled.cluster))
        variance = design * float((parts**2).sum()) / whole**2
        if self.sampled.is_share:
            variance = max(variance, design * self._least_variance())
        return float(np.sqrt(variance))

    def _least_variance(self) -> float:
        return sum(_share_variance(self.sampled.where(side)) for side in (self.group, ~self.group))


def _share_variance(sampled: Sampled) -> float:
    """Return the variance of a share with one more of each kind."""
    n = float(sampled.weight.sum() ** 2 / (sampled.weight**2).sum())
    count = n * float(np.average(sampled.y, weights=sampled.weight))
    p = (count + 1) / (n + 2)
    return p * (1 - p) / (n + 2)


def permutation_moments(
    ours: NDArray[Any], count: Floats, squares: Floats, cubes: Floats
) -> tuple[float, float]:
    """Return variance and third moment of the sum over `ours` of `count` traces a stratum, drawn without replacement.

    `squares` and `cubes` are sums over each stratum of the distances from its mean.
    """
    pairs = ours * (count - ours) / (count * np.maximum(count - 1, 1))
    variance = float((pairs * squares).sum())
    third = pairs * (count - 2 * ours) / np.maximum(count - 2, 1)
    return variance, float((np.where(count > 2, third, 0) * cubes).sum())


def _design(parts: Floats, cluster: Codes) -> float:
    """Return how much larger the variance of a sum is than if its parts did not go together by cluster."""
    alone = float((parts**2).sum())
    if alone == 0:
        return 1.0
    return float((summed(cluster, parts) ** 2).sum()) / alone
