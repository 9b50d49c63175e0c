"""Trains the classifier of attacks in what users write."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from analytics.detectors import jailbreaks
from analytics.detectors.linear import LinearModel
from training.detectors import mixes
from training.detectors.fitting import Features, Numbers, Recipe, balance, calibrated, fit, platt
from training.detectors.mixes import FOLDS, Folded

RECIPE: Final = Recipe(freedom=10, dense_scale=0.1)
_WINDOWS: Final = 4
"""Windows of a text that are learnt from: a long one does not count more than others."""

PRIOR: Final = 0.3
"""Share of attacks that probabilities are for."""


def corpora(data: Path) -> tuple[list[Folded], list[Folded]]:
    """Return attacks and benign texts."""
    rng = random.Random(mixes.SEED)
    return mixes.attacks(data, rng), mixes.benign(data, rng)


def train(attacks: Sequence[Folded], benign: Sequence[Folded]) -> tuple[LinearModel, Numbers]:
    """Return the classifier, and what each text gets from one like it that was fitted on other folds.

    Those are log-odds, of the attacks and then of the benign texts, on the scale of the classifier's.
    """
    texts = [*attacks, *benign]
    labels = np.array([1.0] * len(attacks) + [0.0] * len(benign))
    windows = [windows_of(one.text) for one in texts]
    folds = np.array([one.fold for one in texts])
    held_out = np.zeros(len(texts))
    for fold in range(FOLDS):
        model = _fitted(windows, labels, folds != fold)
        for index in np.flatnonzero(folds == fold):
            held_out[index] = max(model.logit(*window) for window in windows[index])
    line = platt(held_out, labels, balance(labels, PRIOR))
    return calibrated(_fitted(windows, labels, folds >= 0), line), held_out * line[0] + line[1]


def windows_of(text: str) -> list[Features]:
    """Return the features of each window of a text."""
    return [jailbreaks.features(text[start:end]) for start, end in jailbreaks.windows(text)]


def _fitted(windows: list[list[Features]], labels: Numbers, use: Any) -> LinearModel:
    features: list[Features] = []
    truths: list[float] = []
    weights: list[float] = []
    for index in np.flatnonzero(use):
        own = windows[index][:_WINDOWS]
        features += own
        truths += [labels[index]] * len(own)
        weights += [1 / len(own)] * len(own)
    return fit(features, np.array(truths), np.array(weights), RECIPE)
