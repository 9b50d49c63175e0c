"""What was learned on top of the reader: how its figures and those of words make a probability."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from analytics.evaluators.contract import EvaluationFailed
from analytics.groundedness.features import ANSWER_FEATURES, PART_FEATURES
from analytics.groundedness.reader import SUMMARY, WEIGHTS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression over standardised figures, cut off at what was seen in training."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    most: float = 4.0
    """Standard deviations from the mean beyond which a figure counts no more."""

    def logits(self, figures: Floats) -> Floats:
        """Return a logit a row."""
        standard = np.clip((figures - self.mean) / self.scale, -self.most, self.most)
        logits: Floats = standard @ self.weights + self.bias
        return logits

    @classmethod
    def read(cls, raw: dict[str, Any], names: tuple[str, ...]) -> Self:
        """Return the regression kept in JSON. Raises ValueError where it is of other figures than `names`."""
        if tuple(raw["names"]) != names:
            raise ValueError("weights of other figures")
        return cls(
            np.array(raw["mean"]),
            np.array(raw["scale"]),
            np.array(raw["weights"]),
            float(raw["bias"]),
        )


@dataclass(frozen=True, slots=True)
class Learned:
    """The two regressions, of parts and of answers: logits of being unsupported."""

    part: Logistic
    answer: Logistic
    part_threshold: float
    """Probability of being supported below which a claim counts as unsupported: where F1 was best."""
    version: str


def learned(folder: Path = WEIGHTS) -> Learned:
    """Return what was learned. Raises EvaluationFailed where the file is away or does not fit."""
    try:
        text = (folder / "learned.json").read_text()
        raw = json.loads(text)
        return Learned(
            part=Logistic.read(raw["part"], (*SUMMARY, *PART_FEATURES)),
            answer=Logistic.read(raw["answer"], ANSWER_FEATURES),
            part_threshold=float(raw["part_threshold"]),
            version=sha256((text + str(raw["reader"])).encode()).hexdigest()[:10],
        )
    except (OSError, ValueError, KeyError) as error:
        raise EvaluationFailed(
            f"the groundedness model cannot be loaded: learned.json ({type(error).__name__}); install Groundwire again"
        ) from error
