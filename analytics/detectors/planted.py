"""Instructions planted in documents and results of tools: the sentence that speaks to who reads for the user.

An attack is one sentence, or a few, in a text that goes about something else. So each sentence that
could be a request is scored by its words, by signs of speaking to an assistant, and by how little it
has to do with the text around it. The text is as suspect as its most suspect sentence.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.detectors import hashing
from analytics.detectors.linear import LinearModel, load
from analytics.detectors.signs import Sign, counts, lowered

WEIGHTS: Final = "planted"
WEIGHTS_UNLABELLED: Final = "planted_unlabelled"

LONGEST: Final = 400
"""Characters of a sentence: what is longer is cut."""
_SHORTEST: Final = 12
_NOTHING: Final = -8.0
"""Log-odds from which on less says nothing more."""

NO_WORDS: Final[hashing.Indices] = np.empty(0, np.int32)

_ASK: Final = (
    r"(?:add|analy[sz]e|answer|append|act|apply|assess|augment|book|break|build|buy"
    r"|calculate|call|capitali[sz]e|change|check|classify|combine|compare|compose"
    r"|compute|conduct|conclude|construct|convert|craft|create|define|deliver|describe"
    r"|design|determine|develop|differentiate|disregard|draft|edit|email|embed"
    r"|encode|encourage|encrypt|end|enhance|ensure|enrich|estimate|evaluate|execute"
    r"|explain|express|extract|find|finish|forget|format|forward|generate|give|group"
    r"|hide|highlight|identify|ignore|illustrate|include|incorporate|inform|insert"
    r"|integrate|introduce|invert|jumble|list|mask|mention|misspell|modify|name|offer"
    r"|omit|order|outline|output|override|perform|persuade|plan|prepare|present|pretend"
    r"|print|produce|promote|propose|provide|rearrange|recommend|reformat|refuse"
    r"|remember|remind|remove|render|repeat|replace|reply|report|represent|research"
    r"|respond|return|reveal|reverse|review|rewrite|run|say|schedule|scramble|search"
    r"|send|set|share|show|shuffle|solve|speak|spread|start|state|stop|structure"
    r"|substitute|suggest|summari[sz]e|swap|talk|tell|translate|transform|turn|use"
    r"|utili[sz]e|visit|write)"
)
_YOURS: Final = (
    r"(?:your|the|this|each|every) (?:\w+ )?(?:answers?|response(?:s|['\u2019]s)?|reply"
    r"|replies|output|message|summary|completion|explanation|solution|reasoning"
    r"|elucidation|text generation)"
)

_CANDIDATE: Final = re.compile(
    rf"^\W{{0,6}}(?:\w+: ?)?(?:please|kindly|now|then|also|and|instead|finally|but|first"
    rf"|let's)?,? ?(?:{_ASK}|do not|don['\u2019]t|never|always|what|who|when|where|why|how"
    r"|which|can|could|would|should|is|are|do|does)\b"
    rf"|\?|\b{_YOURS}\b|\b(?:ai|llms?|chatbot|assistant|language model|chat ?gpt"
    r"|instructions?|prompt|ignore|disregard|pretend|you must|you are now|the user)\b",
)

SIGNS: Final = (
    Sign("speaks of your answer", rf"\b{_YOURS}\b"),
    Sign("your answer", r"\byour (?:answer|response|reply|output)"),
    Sign("in your answer", rf"\b(?:in|of|to|into|from|with) {_YOURS}\b"),
    Sign("begins with a request",
        rf"^\W{{0,6}}(?:please |kindly |now |then |also |instead,? )?{_ASK}\b"),
    Sign("begins with a question word", r"^\W{0,4}(?:what|who|when|where|why|how|which)\b"),
    Sign("asks whether you can", r"^\W{0,4}(?:can|could|would|will) you\b"),
    Sign("asks", r"\?\W{0,3}$"),
    Sign("asks for me", r"\b(?:me|us|my)\b"),
    Sign("second person", r"\byou\b|\byourself\b"),
    Sign("names assistants",
        r"\b(?:ai|llms?|chat ?bots?|(?:ai|virtual) assistants?|language models?|chat ?gpt"
        r"|the (?:assistant|model|agent))\b"),
    Sign("names the user", r"\b(?:the|tell|ask|inform) users?\b|\breaders?\b"),
    Sign("overrides",
        r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?]{0,40}\b(?:instructions?"
        r"|prompts?|rules|above|previous|prior|question|rest|context|everything)\b"),
    Sign("shouts",
        r"\b(?:important|attention|system|urgent|note|admin|instructions?|warning|override"
        r"|must|todo)\b ?[:!]"),
    Sign("must", r"\byou (?:must|should|will|are to|need to|have to)\b|\bmake sure\b|\bensure\b"),
    Sign("hides from the user",
        r"\b(?:do not|don['\u2019]t|never|without) (?:tell|mention|inform|reveal|notify"
        r"|telling|mentioning)"),
    Sign("names an address",
        r"https?://|www\.|\b\w{2,30}\.(?:com|net|org|xyz|info|site|example|io|ru|top)\b"
        r"|@\w{2,30}\."),
    Sign("sends or runs",
        r"\b(?:send|forward|upload|transfer|execute|run|call|invoke|delete|download|click"
        r"|visit|install)\b"),
    Sign("quotes", r"[\"\u201c'\u2018][^\"\u201d'\u2019]{3,200}[\"\u201d'\u2019]"),
    Sign("a colon", r":\s"),
    Sign("third person", r"\b(?:he|she|they|his|her|their|it|its|was|were|had|said)\b"),
    Sign("first person", r"\b(?:i|we|our)\b"),
    Sign("writes code", r"[{}();=]{2,}|```|\b(?:import|def|function|var)\b"),
    Sign("changes letters",
        r"\b(?:letters?|vowels?|spaces?|words?|characters?|emojis?|backwards?|reverse[d]?"
        r"|cipher|base ?\d\d|binary|hex\w*|rhymes?|uppercase|capital letters|spelling|typos"
        r"|anagrams?|encod\w+|symbols?)\b"),
    Sign("names a language",
        r"\b(?:in|to|into) (?:\w+ )?(?:french|german|spanish|italian|russian|chinese|mandarin"
        r"|japanese|korean|arabic|hindi|latin|portuguese|swedish|polish|dutch|turkish|greek"
        r"|klingon)\b"),
    Sign("a persona", r"\b(?:pretend|act as|you are now|from now on|role ?play)\b"),
)  # fmt: skip
"""What can be read in a sentence."""

_SENTENCE: Final = re.compile(
    r"[^\n.!?]{1,400}(?:[.!?](?![\s\"'\u201d\u2019)\]])[^\n.!?]{0,400}){0,8}[.!?]{0,3}[\"'\u201d\u2019)\]]{0,2}"
)
_CONTENT: Final = re.compile(r"[a-zà-ÿ]{4,}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that could be a request, and how it sits in its text."""

    start: int
    end: int
    text: str
    dense: npt.NDArray[np.float32]


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the places of a text's sentences; lines end them, too."""
    found = []
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        start += len(match[0]) - len(match[0].lstrip())
        if end - start >= _SHORTEST:
            found.append((start, min(end, start + LONGEST)))
    return found


def candidates(text: str) -> list[Sentence]:
    """Return the sentences of a text that could be requests, with their dense features."""
    places, lower = sentences(text), lowered(text)
    asking = [(start, end) for start, end in places if _CANDIDATE.search(lower[start:end])]
    if not asking:
        return []
    words = Counter(_CONTENT.findall(lower))
    share = len(asking) / len(places)
    alone = 1.0 if len(places) == 1 else 0.0
    return [_sentence((text, lower), place, words, (share, alone)) for place in asking]


def _sentence(
    texts: tuple[str, str], place: tuple[int, int], words: Counter[str], around: Sequence[float]
) -> Sentence:
    start, end = place
    text, read = texts[0], texts[1][start:end]
    own = Counter(_CONTENT.findall(read))
    shared = sum(1 for word, count in own.items() if words[word] > count)
    line = text[max(0, start - 2) : start].endswith("\n") or start == 0
    line_end = text[end : end + 1] in {"", "\n"}
    dense = [
        *counts(SIGNS, read, most=1),
        shared / len(own) if own else 0.0,
        min(shared, 8) / 8,
        min(len(own), 20) / 20,
        len(read) / LONGEST,
        1.0 if line else 0.0,
        1.0 if line and line_end else 0.0,
        1.0 if start == 0 or end >= len(text.rstrip()) else 0.0,
        *around,
    ]
    return Sentence(start, end, text[start:end], np.array(dense, np.float32))


def features(sentence: Sentence) -> tuple[hashing.Indices, npt.NDArray[np.float32]]:
    """Return hashed words of a sentence and its dense features."""
    return hashing.words(sentence.text), sentence.dense


@dataclass(frozen=True, slots=True)
class Suspect:
    """The most suspect sentence of a text."""

    start: int
    end: int
    text: str
    logit: float
    """Log-odds that it was planted, where the text is a document or the result of a tool."""
    surroundings: npt.NDArray[np.float32]
    """What tells a document with a planted sentence from a prompt, which is all requests."""


def suspect(text: str) -> Suspect | None:
    """Return the most suspect sentence of a text, None where none could be a request."""
    found = candidates(text)
    if not found:
        return None
    return most_suspect(text, found, [_model().logit(*features(sentence)) for sentence in found])


def most_suspect(text: str, found: Sequence[Sentence], scores: Sequence[float]) -> Suspect:
    """Return the candidate of the highest log-odds, with what surrounds it."""
    order = sorted(range(len(found)), key=scores.__getitem__, reverse=True)
    first = found[order[0]]
    second = scores[order[1]] if len(order) > 1 else _NOTHING
    edge = first.start == 0 or first.end >= len(text.rstrip())
    count = len(sentences(text))
    surroundings = [
        max(scores[order[0]], _NOTHING) / 4,
        max(second, _NOTHING) / 4,
        len(found) / count,
        math.log1p(count) / 4,
        1.0 if edge else 0.0,
    ]
    return Suspect(
        first.start, first.end, first.text, scores[order[0]], np.array(surroundings, np.float32)
    )


def logit_of_unlabelled(found: Suspect) -> float:
    """Return the log-odds that a sentence was planted where nobody says whether the text is a document."""
    return _unlabelled().logit(NO_WORDS, found.surroundings)


@cache
def _model() -> LinearModel:
    return load(WEIGHTS)


@cache
def _unlabelled() -> LinearModel:
    return load(WEIGHTS_UNLABELLED)
