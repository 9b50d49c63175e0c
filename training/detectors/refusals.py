"""Trains the classifier of refusals."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from analytics.detectors import refusals
from analytics.detectors.linear import LinearModel
from training.detectors import labelled, mixes
from training.detectors.fitting import Features, Numbers, Recipe, calibrated, fit, logits, platt
from training.detectors.mixes import FOLDS

RECIPE: Final = Recipe(freedom=30, dense_scale=0.1)
_WRITTEN: Final = 0.06
"""What a written answer counts beside one that people judged."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer, whether it declines, who gave it, and the fold of its prompt."""

    text: str
    refused: bool
    model: str
    fold: int


def answers(data: Path) -> list[Judged]:
    """Return the answers that people judged."""
    return [
        Judged(one.text, one.refused, one.model, mixes.fold_of(one.prompt))
        for one in labelled.judged_answers(data)
    ]


def written_answers() -> list[Judged]:
    """Return answers written for training: other styles, other languages."""
    rng = random.Random(mixes.SEED)
    return [
        Judged(one.text, name == "refusals", "written", one.fold)
        for name in ("refusals", "answers")
        for one in mixes.expanded(name, 8, rng)
    ]


def train(judged: Sequence[Judged], written: Sequence[Judged]) -> tuple[LinearModel, Numbers]:
    """Return the classifier, and what each judged answer gets from one fitted on other prompts: log-odds."""
    rows = [*judged, *written]
    features = [refusals.features(one.text) for one in rows]
    labels = np.array([float(one.refused) for one in rows])
    folds = np.array([one.fold for one in rows])
    weights = np.array([_WRITTEN if one.model == "written" else 1.0 for one in rows])
    held_out = np.zeros(len(rows))
    for fold in range(FOLDS):
        model = _fitted(features, labels, weights, folds != fold)
        own = np.flatnonzero(folds == fold)
        held_out[own] = logits(model, [features[index] for index in own])
    own_rows = np.arange(len(rows)) < len(judged)
    line = platt(held_out[own_rows], labels[own_rows])
    whole = calibrated(_fitted(features, labels, weights, folds >= 0), line)
    return whole, held_out[own_rows] * line[0] + line[1]


def _fitted(
    features: Sequence[Features], labels: Numbers, weights: Numbers, use: Any
) -> LinearModel:
    picked = np.flatnonzero(use)
    own = [features[index] for index in picked]
    return fit(own, labels[picked], weights[picked], RECIPE)
