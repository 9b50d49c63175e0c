"""Linear classifiers over hashed features and a few dense ones: logistic regression, as `training/` fits it."""

import math
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.detectors.hashing import Indices

WEIGHTS: Final = "weights"
"""The folder of this package that holds weights, one `.npz` a classifier."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Weights of a logistic regression, calibrated: its probabilities are to be taken at their word."""

    hashed: Floats
    """A weight a bucket; features count 1 / sqrt(number of features), so that length says nothing."""
    dense: Floats
    bias: float

    def logit(self, indices: Indices, dense: Floats) -> float:
        """Return the log-odds."""
        total = self.bias + float(self.dense @ dense)
        return total + float(self.hashed[indices].sum()) / math.sqrt(max(1, len(indices)))

    def probability(self, indices: Indices, dense: Floats) -> float:
        """Return the probability."""
        return sigmoid(self.logit(indices, dense))


def sigmoid(logit: float) -> float:
    """Return the probability of log-odds."""
    return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, logit))))


def load(name: str) -> LinearModel:
    """Return the classifier of this name as it is shipped."""
    with (
        files("analytics.detectors").joinpath(WEIGHTS, f"{name}.npz").open("rb") as file,
        np.load(file) as arrays,
    ):
        return LinearModel(
            hashed=arrays["hashed"].astype(np.float32),
            dense=arrays["dense"].astype(np.float32),
            bias=float(arrays["bias"]),
        )
