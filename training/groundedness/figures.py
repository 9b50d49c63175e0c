"""What is measured of scores of labelled answers: one set of measures for training and benchmark."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from analytics.evaluators.measures import Scored

Floats = npt.NDArray[np.float64]

LEAST_OF_EACH: Final = 3
"""Answers of each label that a cell of task and generator has at least to be measured."""

CALIBRATION_LABELS: Final = 200
_REPEATS: Final = 40
_SEED: Final = 5
_RESAMPLES: Final = 300


@dataclass(frozen=True, slots=True)
class Row:
    """An answer, or a sentence of one, its truth and the score that it is unsupported."""

    cell: str
    source: str
    unsupported: bool
    score: float


def auroc(rows: Sequence[Row]) -> float | None:
    """Return the area under the ROC curve."""
    return _scored(rows).auroc() if rows else None


def auroc_within(rows: Sequence[Row]) -> float | None:
    """Return the mean of the cells' areas, each counted by its pairs of one supported and one not."""
    total = pairs = 0.0
    for cell in {row.cell for row in rows}:
        own = [row for row in rows if row.cell == cell]
        wrong = sum(row.unsupported for row in own)
        if min(wrong, len(own) - wrong) < LEAST_OF_EACH:
            continue
        weight = wrong * (len(own) - wrong)
        total += weight * (_scored(own).auroc() or 0.0)
        pairs += weight
    return total / pairs if pairs else None


def interval(
    rows: Sequence[Row], measure: Callable[[Sequence[Row]], float | None]
) -> tuple[float, float]:
    """Return the 95 % interval of a measure, by drawing sources anew."""
    by_source: dict[str, list[Row]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    names = sorted(by_source)
    chance = np.random.default_rng(_SEED)
    values = []
    for _ in range(_RESAMPLES):
        drawn = [row for name in chance.choice(names, len(names)) for row in by_source[str(name)]]
        if (value := measure(drawn)) is not None:
            values.append(value)
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def f1_by_other_half(rows: Sequence[Row]) -> float:
    """Return F1 of `unsupported` where each half of the sources is cut at the best threshold of the other half."""
    names = sorted({row.source for row in rows})
    halves = [set(names[::2]), set(names[1::2])]
    hits = said = there = 0
    for half, other in (halves, reversed(halves)):
        threshold = _scored([row for row in rows if row.source in other]).best().threshold
        for row in rows:
            if row.source in half:
                hits += row.unsupported and row.score >= threshold
                said += row.score >= threshold
                there += row.unsupported
    return 2 * hits / (said + there)


def calibration(rows: Sequence[Row]) -> dict[str, float]:
    """Return the calibration error before and after calibrating on 200 labels, each measured on the other rows.

    The mean over draws of the 200 labels by source, so that no source is on both sides.
    """
    truth = np.array([row.unsupported for row in rows])
    logits = _logits(np.array([row.score for row in rows]))
    sources = np.array([row.source for row in rows])
    before, after, chance_level = [], [], []
    chance = np.random.default_rng(_SEED)
    for _ in range(_REPEATS):
        order = chance.permutation(np.unique(sources))
        count = np.cumsum([(sources == name).sum() for name in order])
        learned_from = np.isin(
            sources, order[: int(np.searchsorted(count, CALIBRATION_LABELS)) + 1]
        )
        if learned_from.all():
            continue
        slope, shift = platt(logits[learned_from], truth[learned_from])
        rest = ~learned_from
        calibrated = Scored.of(truth[rest], _chances(slope * logits[rest] + shift))
        before.append(Scored.of(truth[rest], _chances(logits[rest])).calibration_error())
        after.append(calibrated.calibration_error())
        chance_level.append(calibrated.calibration_error_by_chance())
    return {
        "before": float(np.mean(before)),
        "after_200_labels": float(np.mean(after)),
        "by_chance": float(np.mean(chance_level)),
    }


def platt(logits: Floats, truth: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and shift of the logits that make the labels likeliest (Platt 1999), by Newton's steps.

    A weak prior holds them near 1 and 0, as few labels need.
    """
    weights = np.array([1.0, 0.0])
    figures = np.stack([logits, np.ones_like(logits)], axis=1)
    prior = np.array([1.0, 0.1])
    for _ in range(60):
        chances = _chances(figures @ weights)
        slope = figures.T @ (chances - truth) + prior * (weights - [1.0, 0.0])
        curve = (figures * (chances * (1 - chances))[:, None]).T @ figures + np.diag(prior)
        # Full steps overshoot where scores say next to nothing.
        weights = weights - np.clip(np.linalg.solve(curve, slope), -0.5, 0.5)
    return float(weights[0]), float(weights[1])


def table(rows: Sequence[Row], sentences: Sequence[Row] = ()) -> Mapping[str, Any]:
    """Return all that is told of a set of answers."""
    told: dict[str, Any] = {
        "answers": len(rows),
        "unsupported": float(np.mean([row.unsupported for row in rows])),
        "auroc": auroc(rows),
        "auroc_95": interval(rows, auroc),
        "auroc_within": auroc_within(rows),
        "f1": f1_by_other_half(rows),
        "always_flag_f1": _always(rows),
        "calibration_error": calibration(rows) if len(rows) > 2 * CALIBRATION_LABELS else None,
    }
    if sentences:
        told["sentences"] = {
            "sentences": len(sentences),
            "unsupported": float(np.mean([row.unsupported for row in sentences])),
            "auroc": auroc(sentences),
            "auroc_within": auroc_within(sentences),
            "f1": f1_by_other_half(sentences),
        }
    return told


def by_task(rows: Sequence[Row]) -> Mapping[str, float | None]:
    """Return the area under the curve of each task."""
    tasks = sorted({row.cell.partition("/")[0] for row in rows})
    return {
        task: auroc([row for row in rows if row.cell.partition("/")[0] == task]) for task in tasks
    }


def curve(rows: Sequence[Row]) -> list[dict[str, float]]:
    """Return the calibration curve of `supported`: what was said and what was true, in bins of equal mass."""
    scored = Scored.of([not row.unsupported for row in rows], [1 - row.score for row in rows])
    return [
        {"said": bin_.mean_score, "true": bin_.share, "mass": bin_.mass}
        for bin_ in scored.calibration()
    ]


def _always(rows: Sequence[Row]) -> float:
    share = float(np.mean([row.unsupported for row in rows]))
    return 2 * share / (1 + share)


def _scored(rows: Sequence[Row]) -> Scored:
    return Scored.of([row.unsupported for row in rows], [row.score for row in rows])


def _chances(logits: Floats) -> Floats:
    chances: Floats = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
    return chances


def _logits(chances: Floats) -> Floats:
    inside = np.clip(chances, 1e-6, 1 - 1e-6)
    logits: Floats = np.log(inside / (1 - inside))
    return logits
