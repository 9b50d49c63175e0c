"""Groundedness by a model of the user's: any cross-encoder or NLI model that sentence-transformers can load.

Each claim is scored against the evidence that fits it best. The model's own figures are shown as they are: they are
probabilities only as far as the model's are, so check them against labels (`groundwire evaluate --expect`).
"""

from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from analytics.evaluators.contract import Claim, EvaluationFailed, Reads, Sample, Verdict
from analytics.groundedness.evidence import conflicts_of, evidence_of
from analytics.groundedness.judging import (
    CODE,
    NAME,
    SUPPORTED,
    UNSUPPORTED,
    nothing_to_judge,
    silence,
)
from analytics.groundedness.parts import Part, parts
from analytics.groundedness.passages import Passages

Floats = npt.NDArray[np.float64]

UNITS_EACH: Final = 8
"""Units of evidence that a claim is read beside."""

HALF: Final = 0.5


class PluggedGroundedness:
    """Judges answers claim by claim with a model from disk or hub; an answer is as good as its worst claim."""

    name: str = NAME
    reads: Sequence[Reads] = ("answer",)

    def __init__(self, model: str) -> None:
        self._model = model

    @property
    def version(self) -> str:
        """Of the code and of the model's name: give a changed model another name."""
        return f"{CODE}-model-{sha256(self._model.encode()).hexdigest()[:10]}"

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Return a verdict a sample. Raises EvaluationFailed where the model cannot be loaded or run."""
        return [self._verdict(sample) for sample in samples]

    def _verdict(self, sample: Sample) -> Verdict:
        found = parts(sample.answer)
        passages = Passages(sample.contexts)
        judging = [part for part in found if part.kind == "claim"]
        if not found or not passages.units:
            return nothing_to_judge(sample)
        if not judging:
            return Verdict(
                score=1.0, label=silence(found), explanation="The answer claims nothing."
            )
        scores = self._scores(passages, judging)
        claims = [
            _claim(part, passages, float(score))
            for part, score in zip(judging, scores, strict=True)
        ]
        worst = min(claims, key=lambda claim: claim.score)
        return Verdict(
            score=worst.score,
            label=SUPPORTED if worst.score >= HALF else UNSUPPORTED,
            explanation=f"Sentence {claims.index(worst) + 1} of {len(claims)} is the weakest: {worst.score:.2f}.",
            claims=claims,
        )

    def _scores(self, passages: Passages, claims: Sequence[Part]) -> Floats:
        """Return the probability of each claim that its evidence entails it."""
        encoder = self._encoder
        pairs = [(_premise(passages, claim), claim.text) for claim in claims]
        try:
            raw = np.asarray(
                encoder.predict(pairs, apply_softmax=self._classes > 1), dtype=np.float64
            )
        except Exception as error:  # whatever the user's model raises
            raise EvaluationFailed(
                f"the model {self._model} raised {type(error).__name__}"
            ) from error
        return raw.reshape(len(claims), -1)[:, self._entails]

    @cached_property
    def _encoder(self) -> Any:
        try:
            from sentence_transformers import CrossEncoder  # noqa: PLC0415 - an extra that few install
        except ImportError as error:
            raise EvaluationFailed(
                "a model of your own needs sentence-transformers: pip install sentence-transformers"
            ) from error
        try:
            return CrossEncoder(self._model)
        except Exception as error:  # of transformers, of the hub, of the file
            raise EvaluationFailed(
                f"the model {self._model} cannot be loaded ({type(error).__name__}): give a folder or a name on the hub"
            ) from error

    @property
    def _classes(self) -> int:
        return int(self._encoder.config.num_labels)

    @property
    def _entails(self) -> int:
        """The class that says so: of an NLI model `entailment`, of a model of two classes the second."""
        names = {
            int(index): str(name).lower() for index, name in self._encoder.config.id2label.items()
        }
        for index, name in names.items():
            if name.startswith(("entail", "support", "consistent")):
                return index
        return min(1, self._classes - 1)


def _premise(passages: Passages, claim: Part) -> str:
    chosen = sorted(passages.chosen([claim.stems], UNITS_EACH)) or range(
        min(UNITS_EACH, len(passages.units))
    )
    return " ".join(passages.units[index].text for index in chosen)


def _claim(part: Part, passages: Passages, score: float) -> Claim:
    return Claim(
        part.text,
        part.start,
        part.end,
        score,
        evidence_of(part, passages),
        conflicts_of(part, passages),
    )
