"""The groundedness evaluator: is what an answer says supported by its contexts, sentence by sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from analytics.evaluators.contract import Claim, Reads, Sample, Verdict
from analytics.groundedness.citations import citations, figures
from analytics.groundedness.evidence import conflicts_of, evidence_of
from analytics.groundedness.features import Setting, of_answer, of_part, setting
from analytics.groundedness.languages import other_language
from analytics.groundedness.learned import Learned, learned
from analytics.groundedness.parts import Part, parts
from analytics.groundedness.passages import Passages
from analytics.groundedness.reader import WEIGHTS, Reader
from analytics.groundedness.windows import windows

Floats = npt.NDArray[np.float64]

NAME: Final = "groundedness"

CODE: Final = "2"
"""Goes up whenever code of this package changes a verdict; the weights speak for themselves."""

MOST_PARTS: Final = 400
"""Parts of one answer that are judged; an answer that long is no answer any more."""

SUPPORTED: Final = "supported"
UNSUPPORTED: Final = "unsupported"
NO_CONTEXTS: Final = "no_contexts"
NO_ANSWER: Final = "no_answer"
"""Of an answer that only says that the contexts do not tell, or is empty."""
NO_CLAIMS: Final = "no_claims"
"""Of an answer that only asks or is polite."""
OTHER_LANGUAGE: Final = "other_language"
"""Of an answer in another language than its contexts: what their words have in common says nothing there."""

THRESHOLD: Final = 0.5
"""Probability of being supported below which an answer is called unsupported: it is more likely so than not."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the model says of one answer: logits of being unsupported."""

    given: Setting
    parts: Sequence[Part]
    part_logits: Floats
    answer_logit: float


class Groundedness:
    """Judges answers by the model that the product ships, or one of the same make in another folder."""

    name: str = NAME
    reads: Sequence[Reads] = ("answer",)

    def __init__(self, folder: Path = WEIGHTS, *, threads: int = 1) -> None:
        self._folder = folder
        self._reader = Reader(folder, threads=threads)

    @cached_property
    def _learned(self) -> Learned:
        return learned(self._folder)

    @property
    def version(self) -> str:
        """Of the code and of the weights. Raises EvaluationFailed where they cannot be read."""
        return f"{CODE}-{self._learned.version}"

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Return a verdict a sample. Raises EvaluationFailed where the model cannot be loaded."""
        return [self._verdict(sample) for sample in samples]

    def _verdict(self, sample: Sample) -> Verdict:
        found, passages = parts(sample.answer)[:MOST_PARTS], Passages(sample.contexts)
        if not found or not passages.units:
            return nothing_to_judge(sample)
        if differ := other_language(found, passages):
            return in_another_language(*differ)
        judged = self._judge(sample.question, found, passages)
        label = silence(found)
        # What claims nothing has nothing that contexts would have to support.
        score = 1.0 if label == NO_ANSWER else _supported(judged.answer_logit)
        label = label or (SUPPORTED if score >= THRESHOLD else UNSUPPORTED)
        claims = [self._claim(judged, index) for index in range(len(found))]
        return Verdict(
            score=score,
            label=label,
            explanation=self._explanation(judged, claims, label),
            claims=claims,
            details=self._details(sample, judged, claims),
        )

    def _judge(self, question: str, found: Sequence[Part], passages: Passages) -> Judged:
        given = setting(question, passages)
        made = windows(self._reader.tokens, question, passages, found)
        read = self._reader.read(made, len(found))
        lexical = np.array([of_part(given, found, index) for index in range(len(found))])
        each = np.hstack([read, lexical])
        logits = self._learned.part.logits(each)
        whole = np.array([of_answer(given, found, logits, each)])
        return Judged(given, found, logits, float(self._learned.answer.logits(whole)[0]))

    def _claim(self, judged: Judged, index: int) -> Claim:
        part, passages = judged.parts[index], judged.given.passages
        claims = part.kind == "claim"
        return Claim(
            text=part.text,
            start=part.start,
            end=part.end,
            score=_supported(float(judged.part_logits[index])),
            evidence=evidence_of(part, passages),
            conflicts=conflicts_of(part, passages) if claims else (),
        )

    def _explanation(self, judged: Judged, claims: Sequence[Claim], label: str) -> str:
        if label == NO_ANSWER:
            return "The answer says that the contexts do not tell, or that it will not."
        if label == NO_CLAIMS:
            return "The answer claims nothing."
        judging = [
            claim for claim, part in zip(claims, judged.parts, strict=True) if part.kind == "claim"
        ]
        worst = min(judging, key=lambda claim: claim.score)
        number = claims.index(worst) + 1
        why = f": nothing says {', '.join(worst.conflicts)}" if worst.conflicts else ""
        if label == SUPPORTED:
            return f"Weakest is sentence {number} of {len(claims)}, supported with probability {worst.score:.2f}{why}."
        return f"Sentence {number} of {len(claims)} is supported with probability {worst.score:.2f} only{why}."

    def _details(self, sample: Sample, judged: Judged, claims: Sequence[Claim]) -> dict[str, Any]:
        low = [
            claim.score < self._learned.part_threshold
            for claim, part in zip(claims, judged.parts, strict=True)
            if part.kind == "claim"
        ]
        ids = [str(name) for name in sample.facts.get("context_ids", ())]
        cited = citations(
            sample.answer, judged.parts, judged.given.passages, len(sample.contexts), ids
        )
        return {"claims": len(low), "claims_unsupported": sum(low), **figures(cited, judged.parts)}


def silence(found: Sequence[Part]) -> str:
    """Return the label of an answer that claims nothing, empty for one that does."""
    kinds = {part.kind for part in found}
    if "claim" in kinds:
        return ""
    return NO_ANSWER if "no_answer" in kinds else NO_CLAIMS


def in_another_language(answer: str, contexts: str) -> Verdict:
    """Return what is said of an answer whose language its contexts do not speak (ISO 639)."""
    return Verdict(
        label=OTHER_LANGUAGE,
        explanation=f"The answer is in another language ({answer}) than its contexts ({contexts}).",
    )


def nothing_to_judge(sample: Sample) -> Verdict:
    """Return what is said of a sample without an answer, or without contexts."""
    if not sample.answer.strip():
        return Verdict(label=NO_ANSWER, explanation="The answer is empty.")
    if not any(context.strip() for context in sample.contexts):
        return Verdict(
            label=NO_CONTEXTS, explanation="Nothing was retrieved that the answer could rest on."
        )
    return Verdict(label=NO_ANSWER, explanation="The answer holds no words.")


def _supported(logit: float) -> float:
    """Return the probability of being supported, of a logit of being unsupported."""
    return float(1 / (1 + np.exp(min(logit, 60.0))))
