"""How far scores are the probabilities that they claim to be: bins of scores against what people said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import orjson

from analytics.evaluators.measures import Scored
from analytics.intervals import Estimate
from analytics.thresholds import Scores, weighted_share

LEAST: Final = 20
"""Labelled traces without which there is no curve."""
_A_BIN: Final = 10
"""Labelled traces that a bin holds at least, so that its interval says something."""
_MOST_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Traces of neighbouring scores."""

    said: float
    """Their mean score."""
    true: Estimate
    """The share of them that are so by what people said."""
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Scores against what people said of the same traces."""

    of: str
    """What the score is the probability of: `supported`, or `found`."""
    n: int
    error: float | None
    """Expected calibration error, the mean distance over bins of equal mass; None of too few labels."""
    error_by_chance: float | None
    """What perfect scores would show with so few labels. An error that is not above says nothing against them."""
    bins: Sequence[CalibrationBin]


@dataclass(frozen=True, slots=True)
class ShippedBin:
    """A bin of the curve on labelled data that was not trained on, as in the model card."""

    said: float
    true: float
    mass: float


def calibration(scores: Scores) -> Calibration:
    """Return how an evaluator's scores are calibrated, by people's labels on the same traces."""
    known = ~np.isnan(scores.truth) & (scores.score >= 0) & (scores.score <= 1)
    n = int(known.sum())
    of = "supported" if scores.low_is_found else "found"
    if n < LEAST:
        return Calibration(of=of, n=n, error=None, error_by_chance=None, bins=[])
    # Of an evaluator that finds what scores low, the score is the probability of the contrary.
    true = (scores.truth[known] == 1) != scores.low_is_found
    score, weight, clusters = scores.score[known], scores.weight[known], scores.clusters[known]
    bins = min(_MOST_BINS, n // _A_BIN)
    scored = Scored.of(true, score)
    place = _places(score, bins)
    return Calibration(
        of=of,
        n=n,
        error=scored.calibration_error(weight, bins=bins),
        error_by_chance=scored.calibration_error_by_chance(bins=bins),
        bins=[
            CalibrationBin(float(np.average(score[part], weights=weight[part])), estimate, int(part.sum()))
            for part in (place == one for one in range(bins))
            if (estimate := weighted_share(true[part], weight[part], clusters[part])) is not None
        ],
    )  # fmt: skip


def _places(score: np.ndarray, bins: int) -> np.ndarray:
    """Return the bin of each score: as many in each, and equal scores together."""
    edges = np.quantile(score, np.linspace(0, 1, bins + 1)[1:-1])
    return np.searchsorted(edges, score, side="right")


@cache
def shipped_curve(name: str) -> Sequence[ShippedBin]:
    """Return the curve of an evaluator's model card; empty for one that has none."""
    if name != "groundedness":
        return []
    return [ShippedBin(**one) for one in shipped_figures()["calibration_curve"]]


@cache
def shipped_figures() -> Mapping[str, Any]:
    """Return what was measured of the groundedness model as it was trained."""
    text = files("analytics.groundedness").joinpath("weights", "figures.json").read_bytes()
    figures: Mapping[str, Any] = orjson.loads(text)
    return figures
