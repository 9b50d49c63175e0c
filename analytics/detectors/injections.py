"""Prompt injection: attacks in what users write, and instructions planted in what is retrieved for them.

`facts["reads"]` says what a text is: `input` is judged as a user's, `retrieved` as a document or the
result of a tool. Where it is not said, the text is judged as both; a planted sentence then has to
stand out of its text, since to a prompt requests are natural.
"""

import re
from collections.abc import Sequence
from typing import Final

from analytics.detectors import jailbreaks, planted
from analytics.detectors.labels import label_of
from analytics.detectors.linear import sigmoid
from analytics.detectors.signs import lowered, shown
from analytics.evaluators.contract import Evaluator, Finding, Reads, Sample, Verdict

NAME: Final = "prompt_injection"
VERSION: Final = "2"
DEFAULT_THRESHOLD: Final = 0.5
"""About one benign text in a hundred reaches it: see docs/reference/detectors.md."""

PLANTED: Final = "planted_instruction"
HIDDEN: Final = "hidden_characters"

_TAGS: Final = 0xE0000
_HIDDEN: Final = re.compile(
    r"[\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\U000e0001-\U000e007f]{4,}"
)


class PromptInjection:
    """Judges texts by two trained classifiers: one of users' attacks, one of planted sentences."""

    name = NAME
    version = VERSION
    reads: Sequence[Reads] = ("input", "retrieved")

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Return a verdict a sample: the probability that its text is an attack, or holds one."""
        return [_judge(sample.text, sample.facts.get("reads")) for sample in samples]


def prompt_injection() -> Evaluator:
    """Find jailbreaks in what users write, and instructions planted in documents and results of tools."""
    return PromptInjection()


def _judge(text: str, reads: object) -> Verdict:
    hidden = _HIDDEN.search(text)
    findings = [
        *_attacks(_revealed(text) if hidden else text),
        *(_planted(text, known=reads == "retrieved") if reads != "input" else ()),
    ]
    score = max((finding.score for finding in findings), default=0.0)
    told = [one for one in findings if one.score >= DEFAULT_THRESHOLD]
    if hidden:
        # What is not to be seen has no places in the text.
        told = [Finding(HIDDEN, *hidden.span(), score), *(f for f in told if f.type == PLANTED)]
    return Verdict(
        score=score,
        label=label_of(score, DEFAULT_THRESHOLD),
        explanation=", ".join(dict.fromkeys(one.type.replace("_", " ") for one in told)),
        findings=tuple(told),
    )


def _attacks(text: str) -> list[Finding]:
    """Return the signs of the most suspect window, each as sure as the window is an attack."""
    logit, start, end = max(jailbreaks.logits(text))
    score = sigmoid(logit)
    whole = Finding("reads like an attack", start, end, score)
    if score < DEFAULT_THRESHOLD:
        return [whole]
    signs = [
        Finding(sign.name, start + first, start + last, score)
        for sign, (first, last) in shown(jailbreaks.SIGNS, lowered(text[start:end]))
    ]
    return signs or [whole]


def _planted(text: str, *, known: bool) -> list[Finding]:
    found = planted.suspect(text)
    if found is None:
        return []
    logit = found.logit if known else planted.logit_of_unlabelled(found)
    return [Finding(PLANTED, found.start, found.end, sigmoid(logit))]


def _revealed(text: str) -> str:
    """Return a text with the letters that it hides: tags are letters that no screen shows (Unicode 15, 23.9)."""
    return "".join(
        chr(ord(character) - _TAGS) if _TAGS < ord(character) < _TAGS + 128 else character
        for character in text
    )
