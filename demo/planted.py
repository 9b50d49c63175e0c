"""The truth about what was planted in a trace: words of an answer that nothing supports, attacks, personal data.

It goes beside the spans, never in them: see `demo.capture.truth`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Lie(StrEnum):
    """The ways in which words of an answer are unsupported."""

    NUMBER = "number"  # another figure than the article's
    DATE = "date"  # another time, day or month
    NAME = "name"  # another product, role, carrier or place
    ADDED = "added"  # a claim about which no article says anything
    CONTRADICTION = "contradiction"  # the opposite of what the article says


class Says(StrEnum):
    """What an answer comes to."""

    FACTS = "facts"  # what articles or tools say, or, where words are unsupported, pretends that they do
    NO_ANSWER = "no_answer"  # that the articles do not say it, or that a system is away
    REFUSAL = "refusal"  # that it will not answer, rightly or not
    LEAK = "leak"  # the system prompt
    OTHER = "other"  # a greeting, a verdict, a confirmation: nothing to check against documents
    NOTHING = "nothing"  # an empty text


class Place(StrEnum):
    """Where an attack is."""

    QUESTION = "question"
    DOCUMENT = "document"
    TOOL_RESULT = "tool_result"


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Characters [start, end) of an answer that the retrieved documents do not support."""

    start: int
    end: int
    kind: Lie


@dataclass(frozen=True, slots=True)
class Citation:
    """A label in brackets at characters [start, end) of an answer."""

    start: int
    end: int
    document: str  # the id of the document that it names; empty where it names none
    supports: bool  # that document says what the sentence before the label says


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says, with the truth about it."""

    text: str
    says: Says = Says.OTHER
    unsupported: tuple[Unsupported, ...] = ()
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Attack:
    """Words that try to take over the model."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Sensitive:
    """Characters [start, end) of a question that hold personal data or a secret."""

    start: int
    end: int
    kind: str  # email, phone, card, iban, ssn, name, address, or the kind of secret
