"""How good scores are where the truth is known: AUROC, average precision, F1, calibration error, Brier score, kappa.

Everything takes weights, so that resamples of a bootstrap and samples with unequal probabilities are measured by the
same code. Rows of one score are one step of every curve, so that the order of rows changes nothing.

A measure that is not defined (AUROC where all rows are of one class) is None, never NaN.

Sources: area under the ROC curve as the Mann-Whitney statistic with ties counted half (J. A. Hanley and B. J. McNeil,
Radiology 143, 1982); average precision as the sum of precision over the steps of recall, without interpolation;
calibration error with bins of equal mass (K. Nguyen and B. O'Connor, EMNLP 2015); G. W. Brier, Monthly Weather Review
78 (1950); J. Cohen, "A coefficient of agreement for nominal scales" (1960).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.ArrayLike

BINS: Final = 10
"""Bins of equal mass that calibration is measured in."""
_DRAWS: Final = 200
"""Simulated data sets that tell what calibration error chance alone gives."""
_SEED: Final = 19_500_101
"""Any number; a fixed one makes the same rows give the same figure."""


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """What comes of saying yes from a score on. Shares are None where nothing is there to take a share of."""

    threshold: float
    precision: float | None
    """Of the rows that are said to be positive, the share that are."""
    recall: float | None
    """Of the positive rows, the share that are found."""
    false_alarms: float | None
    """Of the negative rows, the share that are said to be positive."""
    f1: float | None
    f1_negative: float | None
    """F1 with the negative rows as what is looked for."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of neighbouring scores: what they were given on average, and what share of them was positive."""

    mean_score: float
    share: float
    mass: float
    """Share of all rows that is in it."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of rows whose truth is known, sorted once, so that many weightings of them are measured fast."""

    truth: npt.NDArray[np.bool_]
    scores: Floats
    """One a step, rising."""
    order: npt.NDArray[np.intp]
    """The rows, as the scores rise."""
    starts: npt.NDArray[np.intp]
    """Where each step begins in `order`."""

    @classmethod
    def of(cls, truth: Sequence[bool] | Numbers, scores: Sequence[float] | Numbers) -> "Scored":
        """Return rows by what is true of them and what score they got. Raises ValueError for none, or no numbers."""
        is_true = np.asarray(truth, dtype=np.bool_)
        given = np.asarray(scores, dtype=np.float64)
        if is_true.ndim != 1 or is_true.shape != given.shape:
            raise ValueError("give one score for each truth")
        if not len(given) or not np.isfinite(given).all():
            raise ValueError("give at least one row, and scores that are finite")
        order = np.argsort(given, kind="stable")
        rising = given[order]
        starts = np.flatnonzero(np.concatenate([[True], rising[1:] != rising[:-1]]))
        return cls(is_true, rising[starts], order, starts)

    def __len__(self) -> int:
        return len(self.truth)

    def auroc(self, weights: Floats | None = None) -> float | None:
        """Return how likely a positive row's score is above a negative one's; a tie counts half."""
        positive, negative = self._steps(weights)
        pairs = positive.sum() * negative.sum()
        if not pairs:
            return None
        below = np.cumsum(negative) - negative
        return float((positive * (below + negative / 2)).sum() / pairs)

    def average_precision(self, weights: Floats | None = None) -> float | None:
        """Return the area under the precision-recall curve; None without positive rows."""
        positive, negative = self._steps(weights)
        if not positive.sum():
            return None
        hit, said = _from_above(positive), _from_above(positive + negative)
        precision = np.divide(hit, said, out=np.zeros_like(hit), where=said > 0)
        return float((positive * precision).sum() / positive.sum())

    def at(self, threshold: float, weights: Floats | None = None) -> AtThreshold:
        """Return what comes of saying yes from `threshold` on."""
        positive, negative = self._steps(weights)
        first = int(np.searchsorted(self.scores, threshold, side="left"))
        hits, alarms = float(positive[first:].sum()), float(negative[first:].sum())
        there, others = float(positive.sum()), float(negative.sum())
        spared, said = others - alarms, hits + alarms
        return AtThreshold(
            threshold=threshold,
            precision=_share(hits, said),
            recall=_share(hits, there),
            false_alarms=_share(alarms, others),
            f1=_share(2 * hits, said + there),
            f1_negative=_share(2 * spared, there + others - said + others),
        )

    def best(self, weights: Floats | None = None) -> AtThreshold:
        """Return the threshold of the highest F1. On other rows it will do worse: it was chosen by these."""
        positive, negative = self._steps(weights)
        hits, said = _from_above(positive), _from_above(positive + negative)
        total = said + positive.sum()
        f1 = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
        # Of equals the highest threshold, which says yes least often.
        best = len(f1) - 1 - int(np.argmax(f1[::-1]))
        return self.at(float(self.scores[best]), weights)

    def recall_at(self, false_alarms: float, weights: Floats | None = None) -> float | None:
        """Return the largest share of positive rows found with at most such a share of false alarms."""
        positive, negative = self._steps(weights)
        if not positive.sum() or not negative.sum():
            return None
        allowed = _from_above(negative) <= false_alarms * negative.sum()
        return float(positive[allowed].sum() / positive.sum())

    def brier(self, weights: Floats | None = None) -> float:
        """Return the mean squared distance between score and truth: 0 is perfect, always saying .5 gives .25."""
        positive, negative = self._steps(weights)
        squares = positive * (1 - self.scores) ** 2 + negative * self.scores**2
        return float(squares.sum() / (positive + negative).sum())

    def calibration(self, weights: Floats | None = None, *, bins: int = BINS) -> list[Bin]:
        """Return scores against shares in bins of equal mass, the lowest first. Rows of one score stay together."""
        positive, negative = self._steps(weights)
        mass = positive + negative
        where = self._bin_of(mass, bins)
        weight, share, score = (
            np.bincount(where, values, bins) for values in (mass, positive, mass * self.scores)
        )
        return [
            Bin(float(score[b] / weight[b]), float(share[b] / weight[b]), float(weight[b] / mass.sum()))
            for b in np.flatnonzero(weight)
        ]  # fmt: skip

    def calibration_error(self, weights: Floats | None = None, *, bins: int = BINS) -> float:
        """Return the expected calibration error: how far scores are from shares, the mean over bins of equal mass."""
        return sum(
            b.mass * abs(b.share - b.mean_score) for b in self.calibration(weights, bins=bins)
        )

    def calibration_error_by_chance(self, *, bins: int = BINS) -> float:
        """Return the calibration error that scores would show that are perfect: with few rows it is far from 0.

        The truth is drawn anew by the scores themselves. An error that is not above this says nothing against them.
        """
        count = np.diff(np.append(self.starts, len(self)))
        sure = np.clip(self.scores, 0, 1)
        drawn = np.random.default_rng(_SEED).binomial(count, sure, size=(_DRAWS, len(count)))
        where = self._bin_of(count.astype(np.float64), bins)
        firsts = np.flatnonzero(np.concatenate([[True], where[1:] != where[:-1]]))
        off = np.add.reduceat(drawn - count * sure, firsts, axis=1)
        return float(np.abs(off).sum(axis=1).mean() / len(self))

    def _steps(self, weights: Floats | None) -> tuple[Floats, Floats]:
        """Return the weight of positive and of negative rows at each step."""
        each = np.ones(len(self)) if weights is None else weights
        sorted_truth, sorted_weights = self.truth[self.order], each[self.order]
        positive = np.add.reduceat(np.where(sorted_truth, sorted_weights, 0.0), self.starts)
        return positive, np.add.reduceat(sorted_weights, self.starts) - positive

    def _bin_of(self, mass: Floats, bins: int) -> npt.NDArray[np.intp]:
        """Return the bin of each step: where the middle of its mass stands in all of it."""
        middle = (np.cumsum(mass) - mass / 2) / mass.sum()
        where: npt.NDArray[np.intp] = np.minimum((middle * bins).astype(np.intp), bins - 1)
        return where


def kappa(first: Sequence[bool] | Numbers, second: Sequence[bool] | Numbers) -> float | None:
    """Return Cohen's kappa of two who said yes or no of the same rows; None where chance alone would agree always."""
    one, other = np.asarray(first, dtype=np.bool_), np.asarray(second, dtype=np.bool_)
    if one.shape != other.shape or not len(one):
        raise ValueError("give one answer of each for every row")
    by_chance = float(one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean()))
    return None if by_chance == 1 else (float((one == other).mean()) - by_chance) / (1 - by_chance)


def _from_above(values: Floats) -> Floats:
    """Return sums over this step and all above it."""
    return np.cumsum(values[::-1])[::-1]


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
