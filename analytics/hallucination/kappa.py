"""How far two judges agree on the traces that both judged, of which some stand for more than others.

Cohen's kappa (Educational and Psychological Measurement 20, 1960) of the weighted table. Its interval is the delta
method's (J. L. Fleiss, J. Cohen, B. S. Everitt, Psychological Bulletin 72, 1969), with the variance between sessions,
on Fisher's scale (tanh), of a table with half a trace added to each cell: without that it misses far too often where
few answers are unsupported, and with perfect agreement there would be none. In simulations of 20 to 400 traces, 10 and
30 % unsupported, kappa .1 to .8, 93 to 100 of 100 intervals held the true value.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.agreement import LEAST_SHARED, ONE_LABEL
from analytics.intervals import Estimate, t_quantile
from storage.groundedness import PairTally

Floats = npt.NDArray[np.float64]

TOO_FEW: Final = f"Kappa needs at least {LEAST_SHARED} traces that both judged, in two sessions."

_SAME: Final = np.array([1.0, 0.0, 0.0, 1.0])
_FIRST: Final = np.array([1.0, 1.0, 0.0, 0.0])
_SECOND: Final = np.array([1.0, 0.0, 1.0, 0.0])
"""Which cells are agreement, and in which the first and the second say unsupported."""

_CELLS: Final = 4
_ADDED: Final = 0.5
"""Traces to each cell, for the interval."""


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How far two judges agree. The four counts are of traces as they are, without weights."""

    first: str
    second: str
    traces: int
    both: int
    """Called unsupported by both."""
    first_only: int
    second_only: int
    neither: int
    same: float | None
    """Share of traces, each as much as it stands for, on which both say the same."""
    kappa: Estimate | None
    note: str
    """Why there is no kappa."""


def agreement(pair: PairTally) -> PairAgreement:
    """Return how far two judges agree."""
    cells = np.array(pair.sums[:_CELLS])
    traces = pair.both + pair.first_only + pair.second_only + pair.neither
    kappa, note = _kappa(pair, cells, traces)
    return PairAgreement(
        first=pair.first,
        second=pair.second,
        traces=traces,
        both=pair.both,
        first_only=pair.first_only,
        second_only=pair.second_only,
        neither=pair.neither,
        same=float(cells @ _SAME / cells.sum()) if traces else None,
        kappa=kappa,
        note=note,
    )


def _kappa(pair: PairTally, cells: Floats, traces: int) -> tuple[Estimate | None, str]:
    if traces < LEAST_SHARED or pair.clusters < 2:
        return None, TOO_FEW
    if max(pair.both, pair.neither) == traces:
        return None, ONE_LABEL
    value = _value(cells)
    size = len(pair.sums)
    between = np.array(pair.products).reshape(size, size)[:_CELLS, :_CELLS]
    one = cells.sum() / traces
    filled = cells + _ADDED * one
    spread = between + np.eye(_CELLS) * _ADDED * one * one
    low, high = _interval(filled, spread, pair.clusters)
    return Estimate(value, min(value, low), max(value, high)), ""


def _value(cells: Floats) -> float:
    same, by_chance = _shares(cells)
    return float((same - by_chance) / (1 - by_chance))


def _shares(cells: Floats) -> tuple[float, float]:
    """Return the share of agreement, and that which chance would give."""
    first, second, same = (float(cells @ which / cells.sum()) for which in (_FIRST, _SECOND, _SAME))
    return same, first * second + (1 - first) * (1 - second)


def _interval(cells: Floats, between: Floats, clusters: int) -> tuple[float, float]:
    slope = _slope(cells)
    variance = float(slope @ between @ slope) * clusters / (clusters - 1)
    value = _value(cells)
    half = t_quantile(clusters - 1) * math.sqrt(max(0.0, variance)) / (1 - value * value)
    centre = math.atanh(value)
    return math.tanh(centre - half), math.tanh(centre + half)


def _slope(cells: Floats) -> Floats:
    """Return by how much kappa changes with each cell."""
    total = float(cells.sum())
    same, by_chance = _shares(cells)
    first, second = float(cells @ _FIRST) / total, float(cells @ _SECOND) / total
    of_chance = (_FIRST - first) * (2 * second - 1) + (_SECOND - second) * (2 * first - 1)
    up = (_SAME - same) * (1 - by_chance) - of_chance * (1 - same)
    slope: Floats = up / ((1 - by_chance) ** 2 * total)
    return slope
