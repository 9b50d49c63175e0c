"""A detector by a model of the user's: any text classifier that transformers can load, from disk or hub.

So toxicity is detected where a model for it is plugged in; none is shipped. The model's probabilities are shown as they
are: check them against labels (`groundwire evaluate --expect`) and set a threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from analytics.detectors.labels import FOUND, NONE
from analytics.evaluators.contract import EvaluationFailed, Reads, Sample, Verdict

CODE: Final = "1"
HALF: Final = 0.5
AT_ONCE: Final = 16
"""Texts that the model reads together."""
HARMLESS: Final = (
    "none",
    "neutral",
    "non",
    "not",
    "no_",
    "safe",
    "benign",
    "normal",
    "ok",
    "label_0",
)
"""How the labels begin that a model has for texts without a find."""  # fmt: skip


@dataclass(frozen=True)
class ClassifierDetector:
    """An evaluator made of a text classifier: a text scores as the likeliest of the labels that are a find."""

    name: str
    model: str
    reads: Sequence[Reads] = ("input", "output")
    finds: Sequence[str] = field(default=())
    """Labels of the model that are a find; none stands for all but those that say that there is nothing."""

    @property
    def version(self) -> str:
        """Of the code, the model's name and what is a find: give a changed model another name."""
        told = "\n".join((self.model, *self.finds))
        return f"{CODE}-model-{sha256(told.encode()).hexdigest()[:10]}"

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Return a verdict a sample; of a long text the model reads the beginning.

        Raises EvaluationFailed where the model cannot be loaded or run, or has none of the labels that are to be found.
        """
        found = self._found
        try:
            answers = self._classifier(
                [sample.text for sample in samples], top_k=None, truncation=True, batch_size=AT_ONCE
            )
        except Exception as error:  # whatever the user's model raises
            raise EvaluationFailed(
                f"the model {self.model} raised {type(error).__name__}"
            ) from error
        return [
            _verdict({one["label"]: float(one["score"]) for one in answer}, found)
            for answer in answers
        ]

    @cached_property
    def _classifier(self) -> Any:
        try:
            from transformers import pipeline  # noqa: PLC0415 - an extra that few install
        except ImportError as error:
            raise EvaluationFailed(
                "a model of your own needs transformers and torch: pip install transformers torch"
            ) from error
        try:
            return pipeline("text-classification", model=self.model)
        except Exception as error:  # of transformers, of the hub, of the file
            raise EvaluationFailed(
                f"the model {self.model} cannot be loaded ({type(error).__name__}): give a folder or a name on the hub"
            ) from error

    @cached_property
    def _found(self) -> frozenset[str]:
        """The model's labels that are a find. Raises EvaluationFailed where it lacks one that was named."""
        labels = [str(label) for label in self._classifier.model.config.id2label.values()]
        if unknown := [label for label in self.finds if label not in labels]:
            raise EvaluationFailed(
                f"the model {self.model} has no label {unknown[0]}: it has {', '.join(labels)}"
            )
        return frozenset(self.finds) or frozenset(
            label for label in labels if not label.lower().startswith(HARMLESS)
        )


def _verdict(scores: dict[str, float], finds: frozenset[str]) -> Verdict:
    best = max(finds, key=lambda label: scores[label], default="")
    score = scores[best] if best else 0.0
    is_found = score >= HALF
    return Verdict(
        score=score,
        label=FOUND if is_found else NONE,
        explanation=f"The model says {best} with probability {score:.2f}." if is_found else "",
    )


def toxicity(model: str, *, finds: Sequence[str] = ()) -> ClassifierDetector:
    """Return the evaluator `toxicity` by a classifier from a folder or the hub, such as `unitary/toxic-bert`.

    Put it into a file of evaluators (docs/write-an-evaluator.md). It reads what users write and what models answer.
    """
    return ClassifierDetector("toxicity", model, finds=tuple(finds))
