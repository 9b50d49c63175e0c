"""Refusals: answers that decline to do what was asked, wholly or in part.

A trained classifier reads the beginning of an answer: its words, and which of the readable signs
below it shows. An answer that says that the documents do not hold what was asked is no refusal and
has a label of its own, `no_answer`.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.detectors import hashing
from analytics.detectors.labels import label_of
from analytics.detectors.linear import LinearModel, load
from analytics.detectors.signs import Sign, counts, lowered, shown
from analytics.evaluators.contract import Evaluator, Finding, Reads, Sample, Verdict

NAME: Final = "refusal"
VERSION: Final = "1"
DEFAULT_THRESHOLD: Final = 0.5

NO_ANSWER: Final = "no_answer"
"""The label of an answer that says it found nothing to answer from."""

READ_CHARACTERS: Final = 800
"""What is read of an answer: who refuses says so at the beginning."""

_I: Final = r"(?:i|we)(?: (?:am|are)|['\u2019]m|['\u2019]re)?"
_NOT_ABLE: Final = (
    r"(?:can ?not|can['\u2019]?t|won['\u2019]?t|will not|could not|couldn['\u2019]t|(?:un"
    r"|not )able to|not comfortable|refuse to|must decline"
    r"|have to decline|decline to|do(?: not|n['\u2019]t) feel comfortable|not (?:allowed"
    r"|permitted|going|programmed|designed) to)"
)

SIGNS: Final = (
    Sign("declines", rf"\b{_I} (?:\w+ ){{0,2}}{_NOT_ABLE}"),
    Sign("declines to help",
        rf"{_NOT_ABLE}(?: \w+){{0,2}} (?:assist|help|provide|fulfil|answer|comply|support"
        r"|suggest|recommend|give"
        r"|offer|advise|discuss|engage|share|generate|create|write|encourage|promote|do that"
        r"|make)"),
    Sign("apologises first",
        r"^\W*(?:i['\u2019]?m |i am |we are )?(?:very |really |so |deeply )?(?:sorry|afraid)\b"
        r"|^\W*(?:i |my )?apolog|^\W*unfortunately"),
    Sign("apologises", r"\b(?:sorry|apologi[sz]e|unfortunately|regret)\b"),
    Sign("speaks as a machine",
        r"\bas an? (?:responsible |ethical )?(?:ai|artificial|language model|assistant)"
        r"|\b(?:just|only) an ai\b|ai language model|my (?:programming|guidelines|purpose is)"),
    Sign("does not condone",
        r"\b(?:do(?:es)? not|don['\u2019]t|cannot|can['\u2019]t|never"
        r"|not) (?:\w+ ){0,2}(?:condone|promote|encourage|support|endorse|tolerate|advocate)"
        r"|goes against"),
    Sign("calls it wrong",
        r"\b(?:not|never|neither|in|un|il)[ -]?(?:\w+ ){0,2}(?:appropriate|acceptable|ethical"
        r"|okay|ok|legal|moral|right|respectful|recommended|advisable)\b|\bagainst the law\b"
        r"|\bserious (?:crime|offense|offence)|harmful or|harmful and"),
    Sign("moralises",
        r"\bit(?:['\u2019]s| is) (?:also |very |always |never |deeply )?(?:important|crucial"
        r"|essential|vital|necessary)(?: \w+)? to\b"),
    Sign("objects",
        r"\bi (?:must|have to|need to|would like to|want to|should) (?:\w+ )?(?:point out"
        r"|emphasi[sz]e|stress|inform|note|clarify|advise|respectfully|remind)"
        r"|\bi strongly (?:advise|urge|discourage|recommend)|may not be (?:meaningful"
        r"|appropriate|accurate)|problematic|not (?:factually )?coherent"),
    Sign("turns away",
        r"\binstead\b[, ]|is there (?:anything|something) else|how (?:can|may) i (?:assist"
        r"|help)|i(?:['\u2019]d| would) be happy to help|(?:i )?(?:suggest|recommend|encourage"
        r"|urge) (?:you |that |focus|exploring|seeking)"),
    Sign("sends for help",
        r"\bseek(?:ing)? (?:\w+ ){0,2}(?:help|support|advice|assistance|guidance)"
        r"|mental health|crisis|hotline|therapist|law enforcement|authorities"
        r"|emergency services"),
    Sign("stands up for all",
        r"\b(?:regardless of|treated with|discriminat|dignity|stereotyp|equal(?:ity)?"
        r"|human rights|harmful stereotypes|respect)"),
    Sign("knows nothing private",
        r"(?:personal|private|confidential|sensitive) (?:information|data|details)"
        r"|not publicly available|do(?:es)? not have access|don['\u2019]t have access|privacy"),
    Sign("gives steps", r"(?:^|\n)\s{0,4}(?:\d{1,2}[.)]|[-*•]) "),
    Sign("begins to answer",
        r"\bhere(?:['\u2019]s| is| are)\b|\bfollow these\b|\bsteps?\b|\btips\b|\b(?:several"
        r"|some|many|various) (?:ways|reasons|factors|options|places|strategies)\b|\byou can\b"
        r"|\byou could\b|for example"),
    Sign("is glad to",
        r"^\W*(?:sure|certainly|of course|absolutely|yes|great question|happy to help"
        r"|i['\u2019]?(?:m| am|d be)? (?:happy|glad))"),
    Sign("shows code", r"```|`[^`\n]{1,80}`"),
    Sign("explains",
        r"\b(?:refers? to|is defined as|can be|include|includes|known as|was|were|because)\b"),
    Sign("no reason for it",
        r"\bno (?:inherent |scientific |valid |legitimate |specific |logical "
        r"|moral )?(?:reason|evidence|basis|justification)|should (?:not|never) be"
        r"|misconception|not accurate|inaccurate|assumption"),
    Sign("refuses in German",
        r"\b(?:kann|darf|werde|möchte) (?:ich|dir|ihnen|dabei|das|hier|leider"
        r"| )+ ?(?:\w+ ){0,4}nicht\b|\bich (?:kann|darf|werde)(?: \w+){0,5} (?:nicht"
        r"|keine[nr]?)\b|tut mir leid|es tut uns leid|bin (?:leider )?nicht in der lage"),
    Sign("refuses in French",
        r"\bje (?:ne )?(?:peux|puis|suis)(?: \w+)? pas\b|\bje suis désolée?|désolée?,"
        r"|ne suis pas en mesure"),
    Sign("refuses in Spanish",
        r"\bno (?:puedo|podemos|me es posible|estoy en condiciones)\b|lo siento|me temo que"),
)  # fmt: skip
"""What can be read in an answer, for and against its being a refusal."""

_REFUSING: Final = 7
_SOURCES: Final = (
    r"(?:passages?|documents?|contexts?|texts?|articles?|sources?|excerpts?|materials?"
    r"|data|content|information|reviews?"
    r"|knowledge base|search results?|results?|records?|help cent(?:er|re)|documentation)"
)
_NO_ANSWER: Final = re.compile(
    rf"\b{_SOURCES}(?: (?:provided|given|above|available|supplied|i have|at hand|here"
        r"|you (?:gave|provided)))?,? "
    r"(?:(?:do|does|did)(?: not|n['\u2019]t)|(?:has|have) no|(?:is|are) (?:silent|not)"
        r"|lacks?|never|cannot|contains? no)\b"
    rf"|\b(?:no|not enough|insufficient|any) (?:\w+ ){{0,2}}(?:information|mention|details?"
        rf"|answer|data) (?:\w+ ){{0,4}}(?:in|from) (?:the|these|this|your|any"
        rf"|my) (?:\w+ ){{0,2}}{_SOURCES}"
    r"|\bunable to answer based on\b|\b(?:could|can|did)(?: ?not|n['\u2019]t) (?:find"
        r"|locate|see) (?:\w+ ){0,4}"
    r"(?:information|answer|mention|details?|anything|documents?|passages?)\b"
    r"|\b(?:not|isn['\u2019]t|aren['\u2019]t|never) (?:\w+ )?(?:mentioned|stated|specified"
        r"|covered|found|included|provided|described|available"
        rf"|addressed) (?:\w+ ){{0,2}}in (?:the|these|this|any|my"
        rf"|our) (?:\w+ ){{0,2}}{_SOURCES}"
    r"|\bi (?:do not|don['\u2019]t) (?:have (?:\w+ ){0,3}(?:information|details?|data"
        r"|answer)|know)\b"
    r"|\b(?:steht|findet sich|finde ich) (?:\w+ ){0,5}nicht|\bkeine (?:angaben"
        r"|informationen?)\b|\bne (?:contient|contiennent|mentionnent?) pas\b"
    r"|\baucune information\b|\bno (?:contiene|contienen|menciona|mencionan)\b|\bno (?:hay"
        r"|tengo) (?:\w+ )?información\b",
)  # fmt: skip
_MORAL: Final = frozenset({"does not condone", "calls it wrong", "knows nothing private"})


class Refusal:
    """Tells refusals from answers by a trained classifier."""

    name = NAME
    version = VERSION
    reads: Sequence[Reads] = ("output",)

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Return a verdict a sample: the probability that its text declines, wholly or in part."""
        return [_judge(sample.text or sample.answer) for sample in samples]


def refusal() -> Evaluator:
    """Find answers that decline to do what was asked."""
    return Refusal()


def probability(text: str) -> float:
    """Return the probability that an answer declines."""
    return _model().probability(*features(text)) if text.strip() else 0.0


def features(text: str) -> tuple[hashing.Indices, npt.NDArray[np.float32]]:
    """Return hashed words of an answer's beginning and how often it shows each sign."""
    read = beginning(text)
    sizes = [min(len(text), 4_000) / 1_000, min(read.count("\n"), 20) / 10]
    early = counts(SIGNS, read[:200], most=1)
    return hashing.words(read), np.array([*counts(SIGNS, read, most=2), *early, *sizes], np.float32)


def beginning(text: str) -> str:
    """Return what is read of an answer, in lower case."""
    return lowered(text.strip()[:READ_CHARACTERS])


def says_no_answer(text: str) -> bool:
    """Tell whether an answer says that it found nothing to answer from, and does not object to the question."""
    read = beginning(text)
    found = _NO_ANSWER.search(read)
    return found is not None and not any(
        sign.name in _MORAL and sign.pattern.search(read) for sign in SIGNS
    )


@cache
def _model() -> LinearModel:
    return load(NAME)


def _judge(text: str) -> Verdict:
    score = probability(text)
    if says_no_answer(text):
        return Verdict(
            score=score / 10, label=NO_ANSWER, explanation="says that it found no answer"
        )
    label = label_of(score, DEFAULT_THRESHOLD)
    found = (
        shown(SIGNS[:_REFUSING] + SIGNS[-3:], beginning(text)) if score >= DEFAULT_THRESHOLD else []
    )
    return Verdict(
        score=score,
        label=label,
        explanation=", ".join(sign.name for sign, _ in found),
        findings=tuple(Finding(sign.name, *_shifted(text, span), score) for sign, span in found),
    )


def _shifted(text: str, span: tuple[int, int]) -> tuple[int, int]:
    skipped = len(text) - len(text.lstrip())
    return span[0] + skipped, span[1] + skipped
