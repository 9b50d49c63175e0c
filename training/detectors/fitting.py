"""Fits logistic regressions over hashed and dense features, calibrates them, and writes their weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from analytics.detectors.hashing import BUCKETS, Indices
from analytics.detectors.linear import LinearModel

Features = tuple[Indices, npt.NDArray[np.float32]]
Numbers = npt.NDArray[np.float64]

_ITERATIONS: Final = 3_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """How strongly a classifier is bound: the inverse of the penalty, and what a dense feature weighs at fitting."""

    freedom: float
    dense_scale: float


def fit(
    features: Sequence[Features], labels: Numbers, weights: Numbers, recipe: Recipe
) -> LinearModel:
    """Return a classifier that is not calibrated yet."""
    regression = LogisticRegression(C=recipe.freedom, max_iter=_ITERATIONS)
    regression.fit(_matrix(features, recipe), labels, sample_weight=weights)
    found = regression.coef_[0]
    return LinearModel(
        hashed=found[:BUCKETS].astype(np.float32),
        dense=(found[BUCKETS:] * recipe.dense_scale).astype(np.float32),
        bias=float(regression.intercept_[0]),
    )


def _matrix(features: Sequence[Features], recipe: Recipe) -> Any:
    rows = [indices for indices, _ in features]
    values = [np.full(len(row), 1 / np.sqrt(max(1, len(row)))) for row in rows]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    hashed = csr_matrix(
        (np.concatenate(values), np.concatenate(rows), ends), shape=(len(rows), BUCKETS)
    )
    dense = csr_matrix(np.array([dense for _, dense in features]) * recipe.dense_scale)
    return hstack([hashed, dense]).tocsr()


def logits(model: LinearModel, features: Sequence[Features]) -> Numbers:
    """Return the log-odds of each."""
    return np.array([model.logit(*one) for one in features])


def calibrated(model: LinearModel, line: tuple[float, float]) -> LinearModel:
    """Return a classifier whose log-odds are those that texts it was not fitted on have (Platt 1999)."""
    slope, shift = line
    return LinearModel(
        hashed=(model.hashed * slope).astype(np.float32),
        dense=(model.dense * slope).astype(np.float32),
        bias=model.bias * slope + shift,
    )


def balance(labels: Numbers, prior: float) -> Numbers:
    """Return weights by which positives are `prior` of all."""
    share = labels.mean()
    return np.where(labels == 1, prior / share, (1 - prior) / (1 - share))


def platt(
    held_out: Numbers, labels: Numbers, weights: Numbers | None = None
) -> tuple[float, float]:
    """Return slope and shift that make log-odds true."""
    regression = LogisticRegression(C=1e4).fit(
        held_out.reshape(-1, 1), labels, sample_weight=weights
    )
    return float(regression.coef_[0][0]), float(regression.intercept_[0])


def save(model: LinearModel, path: Path) -> None:
    """Write a classifier: two bytes a weight, those near nothing set to nothing so that the file packs well."""
    hashed = model.hashed.copy()
    hashed[np.abs(hashed) < 1e-3] = 0
    np.savez_compressed(
        path,
        hashed=hashed.astype(np.float16),
        dense=model.dense.astype(np.float32),
        bias=np.float64(model.bias),
    )
