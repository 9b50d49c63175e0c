"""How far annotators agree: Krippendorff's alpha with its 95 % interval, Cohen's kappa for pairs, and plain shares.

Sources: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011); J. Cohen, "A coefficient of agreement
for nominal scales" (1960) and, for numbers, "Weighted kappa" (1968) with squared weights. Alpha is computed from sums
over items instead of the coincidence matrix of labels, so that a thousand resamples of ten thousand items take a
fraction of a second, and finely graded numbers take no more room than labels.

A coefficient that is not defined is None, and a sentence beside it says why; it is never NaN.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Measure = Literal["nominal", "interval"]
Floats = npt.NDArray[np.float64]

LEAST_SHARED: Final = 10
"""Items that two annotators share before their kappa is told, and that alpha rests on before its interval is."""

RESAMPLES: Final = 1_000
"""Of the items, with replacement: enough for steady 2.5 % and 97.5 % points."""

_CELLS_AT_ONCE: Final = 2_000_000
"""Weights of resamples held at a time: 16 MB."""

_SEED: Final = 20_110_125
"""Any number; a fixed one makes the same judgements give the same interval."""

NOBODY: Final = "Nobody has judged by this yet."
NO_OVERLAP: Final = "No item has been judged by two people yet."
ONE_LABEL: Final = (
    "Everybody gave the same answer everywhere, so agreement beyond chance cannot be told."
)
TOO_FEW: Final = f"An interval needs at least {LEAST_SHARED} items with two judgements."
NO_DISAGREEMENT: Final = "No disagreement was seen, so there is nothing to draw an interval from."
TOO_RARE: Final = "All but one answer are too rare for an interval."


@dataclass(frozen=True, slots=True)
class Rating:
    """One annotator's answer for one item by one criterion: a label (of a boolean, 'true' or 'false') or a number."""

    item: str
    annotator: str
    value: str | float


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How far two annotators agree on the items that both judged."""

    first: str
    second: str
    items: int
    same: float
    """Share of these items, 0 to 1, to which both gave the same answer."""
    kappa: float | None
    """Cohen's kappa, with squared weights for numbers; None where it is not defined."""
    note: str = ""
    """Why there is no kappa."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far annotators agree by one criterion."""

    judgements: int
    items: int
    """Judged by anybody."""
    shared_items: int
    """Judged by at least two; all figures below rest on these."""
    same: float | None
    """Share of the pairs of judgements of an item that are the same, averaged over items."""
    alpha: float | None
    """Krippendorff's alpha: 1 is perfect, 0 is what chance would give, below 0 is worse than chance."""
    low: float | None
    high: float | None
    """Ends of the 95 % interval of alpha: percentiles of a bootstrap over items."""
    note: str
    """Why alpha, or its interval, is missing; empty where both are there."""
    pairs: list[PairAgreement] = field(default_factory=list)
    """Of annotators who share at least `LEAST_SHARED` items, by name."""


def agreement(ratings: Iterable[Rating], measure: Measure) -> Agreement:
    """Return how far the annotators agree. The last rating of an annotator for an item counts.

    `nominal` compares answers by being the same, `interval` by the square of their distance.
    """
    table = _Table.of(ratings)
    shared = [answers for answers in table.by_item.values() if len(answers) > 1]
    judgements = sum(map(len, table.by_item.values()))
    if not shared:
        note = NO_OVERLAP if judgements else NOBODY
        return Agreement(judgements, len(table.by_item), 0, None, None, None, None, note)
    items = _Items.of([list(answers.values()) for answers in shared], measure)
    alpha, low, high, note = _alpha(items)
    return Agreement(
        judgements=judgements,
        items=len(table.by_item),
        shared_items=len(shared),
        same=float(items.same.mean()),
        alpha=alpha,
        low=low,
        high=high,
        note=note,
        pairs=list(_pairs(table.by_item, measure)),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """Answers by item, then by annotator."""

    by_item: dict[str, dict[str, str | float]]

    @classmethod
    def of(cls, ratings: Iterable[Rating]) -> "_Table":
        by_item: dict[str, dict[str, str | float]] = {}
        for rating in ratings:
            by_item.setdefault(rating.item, {})[rating.annotator] = rating.value
        return cls(by_item)


@dataclass(frozen=True, slots=True)
class _Items:
    """Items with at least two judgements as sums, a row an item, so that a resample is a weight for each row."""

    judgements: Floats
    disagreement: Floats
    """Summed over ordered pairs of an item's judgements, divided by its judgements less one."""
    moments: Floats
    """Nominal: how often each label was given. Interval: the sum and the sum of squares."""
    same: Floats
    measure: Measure

    @classmethod
    def of(cls, answers: Sequence[Sequence[str | float]], measure: Measure) -> "_Items":
        sizes = np.array([len(a) for a in answers], dtype=np.float64)
        row = np.repeat(np.arange(len(answers)), sizes.astype(np.int64))
        flat = [value for values in answers for value in values]
        # As text a label and a number cannot be mixed up, and equal floats have equal text.
        labels, code = np.unique(np.array([str(value) for value in flat]), return_inverse=True)
        same_pairs = _same_pairs(row, code.astype(np.int64), sizes)
        moments = (
            _counts(row, code, len(answers), len(labels))
            if measure == "nominal"
            else _powers(row, np.array(flat, dtype=np.float64), len(answers))
        )
        unequal = _unequal(sizes, moments, measure)
        return cls(
            sizes, unequal / (sizes - 1), moments, same_pairs / (sizes * (sizes - 1)), measure
        )

    def expected(self, weights: Floats) -> Floats:
        """Return the disagreement that chance would give, for each row of weights."""
        n = weights @ self.judgements
        expected: Floats = _unequal(n, weights @ self.moments, self.measure) / (n - 1)
        return expected

    def observed(self, weights: Floats) -> Floats:
        """Return the disagreement that was seen, for each row of weights."""
        observed: Floats = weights @ self.disagreement
        return observed


def _counts(
    row: npt.NDArray[np.int64], code: npt.NDArray[np.intp], items: int, labels: int
) -> Floats:
    counts = np.zeros((items, labels))
    np.add.at(counts, (row, code), 1)
    return counts


def _powers(row: npt.NDArray[np.int64], values: Floats, items: int) -> Floats:
    # Distances do not change when all values move; near 0, squares lose no digits.
    centred = values - values.mean()
    sums = np.bincount(row, centred, items)
    squares = np.bincount(row, centred * centred, items)
    return np.stack([sums, squares], axis=-1)


def _same_pairs(row: npt.NDArray[np.int64], code: npt.NDArray[np.int64], sizes: Floats) -> Floats:
    """Return, for each item, how many ordered pairs of its judgements are the same."""
    key = row * (int(code.max()) + 1) + code
    found, times = np.unique(key, return_counts=True)
    ordered = (times * (times - 1)).astype(np.float64)
    return np.bincount(found // (int(code.max()) + 1), ordered, len(sizes)).astype(np.float64)


def _unequal(n: Floats, moments: Floats, measure: Measure) -> Floats:
    """Return the summed distance over all ordered pairs among `n` values with these moments."""
    if measure == "nominal":
        distance: Floats = n * n - (moments * moments).sum(axis=-1)
    else:
        distance = 2 * (n * moments[..., 1] - moments[..., 0] ** 2)
        distance = np.maximum(distance, 0)
    # Rounding must not turn a set of equal values into one of nearly equal ones.
    return np.where(distance > 1e-12 * n * n, distance, 0.0)


def _alpha(items: _Items) -> tuple[float | None, float | None, float | None, str]:
    """Return alpha, the ends of its interval, and why one of them is missing."""
    everything = np.ones((1, len(items.judgements)))
    expected = float(items.expected(everything)[0])
    if expected == 0:
        return None, None, None, ONE_LABEL
    observed = float(items.observed(everything)[0])
    alpha = 1 - observed / expected
    if len(items.judgements) < LEAST_SHARED:
        return alpha, None, None, TOO_FEW
    if observed == 0:
        return alpha, None, None, NO_DISAGREEMENT
    resampled = np.concatenate(list(_resampled(items)))
    if len(resampled) < RESAMPLES / 2:
        return alpha, None, None, TOO_RARE
    low, high = np.percentile(resampled, [2.5, 97.5])
    return alpha, float(low), float(high), ""


def _resampled(items: _Items) -> Iterator[Floats]:
    """Yield alpha of resamples of the items; those in which all answers are the same have none."""
    count = len(items.judgements)
    random = np.random.default_rng(_SEED)
    at_once = max(1, _CELLS_AT_ONCE // count)
    for start in range(0, RESAMPLES, at_once):
        drawn = min(at_once, RESAMPLES - start)
        weights = random.multinomial(count, np.full(count, 1 / count), size=drawn).astype(float)
        expected = items.expected(weights)
        there = expected > 0
        yield 1 - items.observed(weights)[there] / expected[there]


def _pairs(by_item: dict[str, dict[str, str | float]], measure: Measure) -> Iterator[PairAgreement]:
    shared: dict[tuple[str, str], list[tuple[str | float, str | float]]] = {}
    for answers in by_item.values():
        for first, second in combinations(sorted(answers), 2):
            shared.setdefault((first, second), []).append((answers[first], answers[second]))
    for (first, second), both in sorted(shared.items()):
        if len(both) >= LEAST_SHARED:
            same = sum(a == b for a, b in both) / len(both)
            kappa = _nominal_kappa(both, same) if measure == "nominal" else _weighted_kappa(both)
            note = ONE_LABEL if kappa is None else ""
            yield PairAgreement(first, second, len(both), same, kappa, note)


def _nominal_kappa(both: Sequence[tuple[str | float, str | float]], same: float) -> float | None:
    """Return Cohen's kappa (1960); None where chance alone would agree on every item."""
    labels = {value for pair in both for value in pair}
    firsts = [a for a, _ in both]
    seconds = [b for _, b in both]
    by_chance = sum(firsts.count(x) * seconds.count(x) for x in labels) / len(both) ** 2
    return None if len(labels) == 1 else (same - by_chance) / (1 - by_chance)


def _weighted_kappa(both: Sequence[tuple[str | float, str | float]]) -> float | None:
    """Return Cohen's kappa with squared weights (1968): a near miss weighs less than a wide one."""
    first = np.array([float(a) for a, _ in both])
    second = np.array([float(b) for _, b in both])
    seen = float(((first - second) ** 2).mean())
    by_chance = float(first.var() + second.var() + (first.mean() - second.mean()) ** 2)
    return None if by_chance == 0 else 1 - seen / by_chance
