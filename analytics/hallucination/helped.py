"""A judge's rate with the help of a model that judged far more: prediction-powered inference.

The judge saw a sample. The model saw all, and on the sample one knows how far the two differ. So the judge's rate is
the sample's, moved by how far the model's rate of all is from its rate in the sample:

    rate = judge's in the sample + lambda * (model's of all - model's in the sample)

(A. N. Angelopoulos, S. Bates, C. Fannjiang, M. I. Jordan, T. Zrnic, Science 382, 2023.) Lambda is that which makes the
interval narrowest, so a model that tells nothing about the judge does no harm (A. N. Angelopoulos, J. C. Duchi,
T. Zrnic, PPI++, 2023; in survey sampling it is the regression estimator). Whatever the model is worth, the rate is that
of the judge: the model makes it surer, not more lenient. It holds where the sample was drawn by chance with known
probabilities, which is why there is none for people.
"""

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.intervals import Estimate, share, t_quantile
from storage.groundedness import PairTally

Floats = npt.NDArray[np.float64]

LEAST: Final = 50
"""Traces that both judged, without which there is no such rate."""
LEAST_OF_EACH: Final = 5
"""Of these, called unsupported, and supported, by the judge: of fewer, nobody knows how the two go together."""

_PAIRED: Final = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
_BY_MODEL: Final = np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
_BY_JUDGE: Final = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 0.0])
_ALL: Final = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 0.0])
_ALL_BAD: Final = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
"""Members of a pair's sums: see storage/queries/groundedness/pairs.sql."""

_Z: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class HelpedRate:
    """The rate by a judge's standard, with a model's help."""

    judge: str
    model: str
    rate: Estimate
    sampled: int
    """Traces that both judged."""
    help: float
    """Lambda, from 0 to 1: how far the model is relied upon."""
    worth: float
    """As many times the judge's sample would give so narrow an interval without the model."""


def helped_rate(pair: PairTally) -> HelpedRate | None:
    """Return the rate by the standard of the second of a pair, with the help of the first; None of too few traces."""
    bad, good = pair.both + pair.second_only, pair.first_only + pair.neither
    if bad + good < LEAST or min(bad, good) < LEAST_OF_EACH or pair.clusters < LEAST:
        return None
    sums = np.array(pair.sums)
    between = np.array(pair.products).reshape(len(sums), len(sums))
    judged, alone = _ratio(sums, _BY_JUDGE, _PAIRED)
    in_sample, of_sample = _ratio(sums, _BY_MODEL, _PAIRED)
    in_all, of_all = _ratio(sums, _ALL_BAD, _ALL)
    shift = of_all - of_sample
    spread = float(shift @ between @ shift)
    reliance = -float(alone @ between @ shift) / spread if spread > 0 else 0.0
    reliance = min(1.0, max(0.0, reliance))
    with_help = alone + reliance * shift
    variance = float(with_help @ between @ with_help)
    value = min(1.0, max(0.0, judged + reliance * (in_all - in_sample)))
    return HelpedRate(
        judge=pair.second,
        model=pair.first,
        rate=_estimate(value, variance, pair.clusters),
        sampled=bad + good,
        help=reliance,
        worth=float(alone @ between @ alone) / variance if variance > 0 else 1.0,
    )


def _ratio(sums: Floats, above: Floats, below: Floats) -> tuple[float, Floats]:
    """Return a ratio of sums, and what each member of a cluster's sums moves it by."""
    whole = float(sums @ below)
    value = float(sums @ above) / whole
    return value, (above - value * below) / whole


def _estimate(value: float, variance: float, clusters: int) -> Estimate:
    """Return a share with the interval of as many independent votes as have this variance."""
    if value in (0.0, 1.0) or variance <= 0:
        n = float(clusters)
    else:
        n = value * (1 - value) / variance * (1 - 1 / clusters)
        n *= (_Z / t_quantile(clusters - 1)) ** 2
    found = share(value * n, n, clusters=math.ceil(n) + 1, cc=0, cn=0, nn=n)
    return replace(found, value=value)
