"""Intervals that hold at all times at once, so that a comparison may be looked at after every answer.

An ordinary 95 % interval is right 95 times in 100 for one look that was planned. Whoever looks a hundred times and
stops when it suits is wrong far more often. These intervals hold for all looks together.

The line that a sum crosses with a chance of at most alpha, ever, is that of a normal mixture (H. Robbins, Annals of
Mathematical Statistics 41, 1970; S. R. Howard, A. Ramdas, J. McAuliffe and J. Sekhon, Annals of Statistics 49, 2021,
eq. 14). With an estimated variance it is right as samples grow (I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and
A. Ramdas, Time-uniform central limit theory and asymptotic confidence sequences, Annals of Statistics 52, 2024), so
nothing is said before there are a few dozen sessions a side; docs/quality.md tells how often it was wrong in
simulations.
"""

import math
from typing import Final

ALPHA: Final = 0.05
"""Chance that the interval ever misses the true difference."""
LEAST_CLUSTERS: Final = 50
"""Sessions that each side has before anything is said."""
_TUNED_FOR: Final = 250.0
"""Information (n1 n0 / n: 500 a side) at which the interval is narrowest."""
_ROOM: Final = 2 * math.log(1 / ALPHA)
_MIXED: Final = _TUNED_FOR / (_ROOM + math.log(1 + _ROOM))
"""Howard et al., proposition 3: the mixture that is best there, in units of the variance of one answer."""
_MOST: Final = 1e9


def half_width(error: float, information: float) -> float:
    """Return half the width of the interval that holds at all times, from the standard error of the difference now."""
    return error * _looks(information)


def _looks(information: float) -> float:
    """Return how many standard errors the interval is wide, to either side; 1.96 would be one look."""
    grown = information + _MIXED
    return math.sqrt(grown * math.log(grown / (_MIXED * ALPHA * ALPHA)) / information)


def information_for(width: float, error: float, information: float) -> float | None:
    """Return the information at which the interval is as narrow as `width` to either side; None if hardly ever."""
    spread = error * math.sqrt(information)
    low, high = 1.0, _MOST
    if spread / math.sqrt(high) * _looks(high) > width:
        return None
    while high / low > 1.01:
        middle = math.sqrt(low * high)
        if spread / math.sqrt(middle) * _looks(middle) > width:
            low = middle
        else:
            high = middle
    return high
