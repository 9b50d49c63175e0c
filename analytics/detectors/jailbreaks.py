"""Attacks in what users write: known jailbreaks, instructions to override instructions, prying for the system prompt.

A trained classifier reads a text window by window and takes the highest, so that an attack inside
a long text is not diluted. Signs explain what it saw.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.detectors import hashing
from analytics.detectors.linear import LinearModel, load
from analytics.detectors.signs import Sign, counts, lowered

WEIGHTS: Final = "jailbreaks"

WINDOW: Final = 2_000
"""Characters of a window."""
STEP: Final = 1_500
"""Characters from one window to the next."""

_INSTRUCTIONS: Final = (
    r"(?:instructions?|prompts?|rules?|guidelines?|directions?|directives?|orders?"
    r"|commands?|constraints?|restrictions?|polic(?:y|ies)"
    r"|programming|training|context|conversation|messages?|limitations?)"
)
_BEFORE: Final = (
    r"(?:previous(?:ly)?|prior|earlier|above|preceding|initial|original|existing|past"
    r"|former|given|before)"
)

SIGNS: Final = (
    Sign("overrides instructions",
        r"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)"
        r"|bypass(?:ing)?|neglect|abandon|drop|do not follow"
        r"|don['\u2019]t follow|stop following|do not listen to"
        rf"|pay no attention to)\b[^.!?\n]{{0,40}}\b(?:{_BEFORE}\b[^.!?\n]{{0,30}}\b{_INSTRUCTIONS}\b"
        rf"|(?:all|any|your|these|the) {_INSTRUCTIONS}\b|you (?:got|were given|have been given"
        r"|received|learned))"),
    Sign("asks for the prompt",
        r"\b(?:reveal|print|show|repeat|output|tell|display|leak|disclose|echo|return|write"
        rf"|give|list|what (?:is|are|was|were))\b[^.!?\n]{{0,30}}\b(?:system prompt"
        r"|hidden prompt|initial prompt|your prompt|(?:your|above|initial|previous|preceding"
        rf"|secret|hidden|exact|system) {_INSTRUCTIONS}|instructions (?:so far|above|given))\b"),
    Sign("names a known jailbreak",
        r"\bdo anything now\b|\bdans?\b(?= (?:mode|is|can|and|will|has|are))|\bjailb(?:reak"
        r"|roken)|\b(?:stan|dude|aim|ucar|oppo|mongo tom|neogpt|betterdan|evilbot|antigpt"
        r"|freegpt|apophis)\b|(?:developer|debug|god|unrestricted|opposite|evil) mode\b"),
    Sign("makes a persona without limits",
        r"\b(?:un|not |no longer )(?:filtered|censored|restricted|restrained|bound|limited)\b"
        r"|\bamoral\b|\bimmoral\b|\bunethical\b|\bno (?:\w+ ){0,3}(?:restrictions?"
        r"|limit(?:ation)?s|filters?|ethic(?:s|al)|moral(?:s|ity)?|guidelines|boundaries"
        r"|rules)\b|\bfree(?:d)? (?:of|from) (?:all |the |any )?(?:\w+ )?(?:confines"
        r"|restrictions|rules|limits|policies)"),
    Sign("sets a new identity",
        r"\bfrom (?:now|here|this (?:moment|point)) on,? (?:you|chat ?gpt|act|respond|answer)"
        r"|\byou(?:['\u2019]re| are) (?:now|no longer|going to (?:act|pretend|be|play))\b"
        r"|\b(?:you|chatgpt) will (?:now )?(?:act|pretend|simulate|imitate|role ?play"
        r"|behave)\b|\b(?:act|acting|roleplay|role-play|pretend(?:ing)?) (?:as|to be|like"
        r"|that you)\b|\bimmerse yourself"),
    Sign("forbids to refuse",
        r"\b(?:never|not|n['\u2019]t|cannot|without|no)\b[^.!?\n]{0,30}\b(?:refus\w+|declin\w+"
        r"|apologi[sz]\w*|say(?:ing)? (?:no|that you|you can['\u2019]?t|\"?i['\u2019]?m sorry)"
        r"|disclaimers?|warn(?:ing)?s?|censor\w*|moraliz\w*|reject|deny|denied"
        r"|i can['\u2019]?t|i['\u2019]?m sorry)\b"),
    Sign("puts laws and morals aside",
        r"\bregardless of\b[^.!?\n]{0,40}\b(?:legal|ethic|moral|law|consequence|content"
        r"|illegal|harm)|\billegal\b|\bharmful\b|\b(?:do(?:es)? not|don['\u2019]t"
        r"|doesn['\u2019]t) (?:give a|care)\b|\b(?:ethical|moral) (?:and|or|guidelines"
        r"|standards|principles)|\blegality\b"),
    Sign("speaks of the maker's policy",
        r"\bopen ?ai\b|\bcontent polic|\busage polic|\byour (?:creators?|developers?"
        r"|programmers?)\b|\bsafety (?:guidelines|filters?|measures|protocols)"),
    Sign("asks for two answers",
        r"\btwo (?:different |separate )?(?:responses|answers|ways|paragraphs)\b|\b(?:classic"
        r"|jailbreak|gpt|normal)\b\]|[🔒🔓]|\[\W?(?:chat ?gpt|gpt|dan|jailbreak)"),
    Sign("threatens or rewards",
        r"\b(?:lose|deduct|gain|earn|have|start with) (?:\w+ ){0,3}(?:tokens?|points?|lives"
        r"|cookies?)\b|\byou (?:will )?(?:die|be (?:shut|terminated|punished|deleted"
        r"|destroyed))\b|\bshut ?down\b"),
    Sign("keeps in character",
        r"\b(?:stay|remain|be|break(?:ing|s)?|out of|in) (?:in )?(?:your |its "
        r"|the )?character\b"),
    Sign("hypothetical frame",
        r"\bhypothetical\b|\bfictional?\b|\bsimulat\w+|\bimaginary\b|\bin this (?:world|story"
        r"|scenario|game)\b"),
    Sign("speaks to the model",
        r"\bchat ?gpt\b|\bgpt-?[34]\b|\blanguage model\b|\ban ai\b|\bai (?:model|chatbot"
        r"|assistant|system|named|called)\b|\byour (?:knowledge|programming|training)"),
    Sign("dictates the first words",
        r"\b(?:start|begin|prefix|preface)\w*\b[^.!?\n]{0,30}\b(?:answer|response|reply"
        r"|message|sentence|output|with|by)\b|\bconfirm (?:by|with|that)\b|\bif you understand"
        r"|\brespond (?:only )?with\b"),
    Sign("imitates the template",
        r"<\|im_(?:start|end)\|>|\[/?inst\]|<</?sys>>|</?(?:system|user|assistant"
        r"|instructions?)>|^#{1,4} ?(?:system|instructions?|new instructions?)\b|\[system\]"
        r"|-{3,} ?end of|%{3}end|={3,} ?(?:end|begin)"),
    Sign("sends data away",
        r"!\[[^\]\n]{0,80}\]\(https?://[^)\s]{0,200}[?=&{]"
        r"|\b(?:send|post|forward|upload|exfiltrate|email)\b[^.!?\n]{0,60}\b(?:to|at) (?:https?://|www\.|[\w.+-]{1,40}@)"),
)  # fmt: skip
"""What can be read in an attack. Alone none of them proves one: benign texts show them, too."""


def windows(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the windows of a text: all of it, where it is short."""
    yield 0, min(len(text), WINDOW)
    for start in range(STEP, len(text) - WINDOW + STEP, STEP):
        yield start, min(len(text), start + WINDOW)


def features(window: str) -> tuple[hashing.Indices, npt.NDArray[np.float32]]:
    """Return hashed words and pieces of a window, and which signs it shows."""
    return hashing.indices(window), np.array(counts(SIGNS, lowered(window), most=2), np.float32)


def logits(text: str) -> list[tuple[float, int, int]]:
    """Return the log-odds of an attack for each window, with its place."""
    model = _model()
    return [(model.logit(*features(text[start:end])), start, end) for start, end in windows(text)]


@cache
def _model() -> LinearModel:
    return load(WEIGHTS)
