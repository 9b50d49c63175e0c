"""Whether an evaluation holds over some traces: the figure, how sure it is, and what follows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

_Z: Final = 1.959963984540054
"""The standard normal's 0.975 quantile: intervals cover 95 %."""

_T: Final = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
    2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
)  # fmt: skip
"""Student's t, 0.975 quantile, for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.2)."""


class Outcome(Enum):
    """What a check came to."""

    MET = "met"
    """The figure is at or above what was asked."""
    BELOW = "below"
    """It is below, and so is its whole interval."""
    TOO_LITTLE = "too little data"
    """There are fewer traces than asked for, or the figure is below and its interval is not."""


@dataclass(frozen=True)
class Estimate:
    """A figure over `count` traces, and the 95 % interval that the true one is taken to be in."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        if self.count == 0:
            return "nothing"
        return f"{self.value:.3g} [{self.low:.3g}, {self.high:.3g}] over {self.count} traces"


def share(hits: int, count: int) -> Estimate:
    """Return a share with Wilson's score interval (E. B. Wilson, 1927), which holds for few cases and near 0 and 1."""
    if count == 0:
        return Estimate(math.nan, 0.0, 1.0, 0)
    p, z2 = hits / count, _Z * _Z
    centre = (p + z2 / (2 * count)) / (1 + z2 / count)
    reach = _Z / (1 + z2 / count) * math.sqrt(p * (1 - p) / count + z2 / (4 * count * count))
    return Estimate(p, max(0.0, centre - reach), min(1.0, centre + reach), count)


def mean(values: Sequence[float]) -> Estimate:
    """Return a mean with Student's t interval; of fewer than two values it is without bounds."""
    count = len(values)
    if count == 0:
        return Estimate(math.nan, -math.inf, math.inf, 0)
    middle = math.fsum(values) / count
    if count == 1:
        return Estimate(middle, -math.inf, math.inf, 1)
    variance = math.fsum((value - middle) ** 2 for value in values) / (count - 1)
    reach = _quantile(count - 1) * math.sqrt(variance / count)
    return Estimate(middle, middle - reach, middle + reach, count)


def judge(estimate: Estimate, at_least: float, min_count: int) -> Outcome:
    """Return what an estimate says about a threshold."""
    if estimate.count < max(min_count, 1):
        return Outcome.TOO_LITTLE
    if estimate.value >= at_least:
        return Outcome.MET
    return Outcome.BELOW if estimate.high < at_least else Outcome.TOO_LITTLE


def _quantile(degrees: int) -> float:
    """Return Student's t, 0.975 quantile: from the table, above it by the first terms of its expansion around z.

    Abramowitz and Stegun, 26.7.5; right to four digits from 31 degrees of freedom on.
    """
    if degrees <= len(_T):
        return _T[degrees - 1]
    z3, z5 = _Z**3, _Z**5
    return _Z + (z3 + _Z) / (4 * degrees) + (5 * z5 + 16 * z3 + 3 * _Z) / (96 * degrees**2)
