"""How alike two questions are, and from where on an answer to one is taken to answer the other.

A measure turns texts into unit vectors; the likeness of two is their dot product. `Words`, the one that is always
there, weighs stems, pairs of neighbouring stems and their four-letter pieces by how rare they are in the project's own
questions. An embedding model in its place is another `Measure`, with figures of its own.

What words cannot tell is asked first: two questions are never alike where one names a number, a code or a name that the
other does not, or where one says no and the other does not. "How much is an extra order on Growth?" and the same on
Scale share nearly every word.

The threshold was chosen on half of the intents of Banking77 (I. Casanueva et al., "Efficient Intent Detection with Dual
Sentence Encoders", 2020) and the figures were taken on the other half, as a stream in which each question may be
answered from the 300 before it; tests/analytics/savings/test_likeness.py takes them again.
"""

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a measure did on labelled questions that its threshold was not chosen on."""

    data: str
    hits: int
    right: int
    """Hits on a question of the same intent."""
    repeated: int
    """Questions that had one of the same intent to be found."""
    strange: int
    """Questions asked once more without those of their own intent to be found: every hit is wrong."""
    misled: int
    """Hits among these."""
    kept: int
    """Questions that could be found at a time."""

    @property
    def precision(self) -> float:
        """Share of hits that are right."""
        return self.right / self.hits

    @property
    def recall(self) -> float:
        """Share of repeated questions that are found, rightly."""
        return self.right / self.repeated


class Measure(Protocol):
    """Tells how alike questions are."""

    @property
    def name(self) -> str:
        """How people call it."""

    @property
    def threshold(self) -> float:
        """The least likeness of a hit."""

    @property
    def trial(self) -> Trial:
        """How well that works."""

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return a unit vector a text, as rows; zeros for a text that says nothing."""


_DIMENSIONS: Final = 4096
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ENDINGS: Final = ("'s", "ings", "ing", "ied", "ies", "ed", "es", "s", "e")
_STOPWORDS: Final = frozenset(
    _WORD.findall(
        "a about all also am an and any are as at be been but by can could d did do does doing for from get got had "
        "has have hello help hey hi how i if in into is it its just know like ll m me my need of on or our please "
        "re s "
        "should so some t tell than thank thanks that the their them then there they this to u up us ve want was we "
        "were what when where which who why will with would you your"
    )
)
_NEGATIONS: Final = frozenset(
    _WORD.findall(
        "no not never without cannot can't cant don't dont doesn't doesnt didn't didnt isn't isnt won't wont wasn't "
        "couldn't haven't hasn't nobody nothing none"
    )
)


class Words:
    """Likeness by words, for texts in languages that put spaces between them."""

    name: Final = "words"
    # the least, in steps of 0.05, at which 97 of 100 hits were right on the half that it was chosen on
    threshold: Final = 0.70
    trial: Final = Trial(
        data="Banking77",
        hits=674,
        right=629,
        repeated=6300,
        strange=6308,
        misled=59,
        kept=300,
    )

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return the weighted stems, pairs and pieces of each text, hashed."""
        counts = [_features(text) for text in texts]
        seen = Counter(feature for count in counts for feature in count)
        rows = np.zeros((len(texts), _DIMENSIONS), np.float32)
        for row, count in zip(rows, counts, strict=True):
            for feature, n in count.items():
                rarity = np.log((1 + len(texts)) / seen[feature])
                row[_place(feature)] += np.sqrt(n) * rarity
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Vectors = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
        return unit


@lru_cache(maxsize=200_000)
def _place(feature: str) -> int:
    return zlib.crc32(feature.encode()) % _DIMENSIONS


def _features(text: str) -> Counter[str]:
    words = [_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOPWORDS]
    found: Counter[str] = Counter(f"w{word}" for word in words)
    found.update(f"p{a} {b}" for a, b in pairwise(words))
    for word in words:
        edged = f"#{word}#"
        for place in range(len(edged) - 3):
            found[f"c{edged[place : place + 4]}"] += 0.5  # type: ignore[assignment]
    return found


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


@dataclass(frozen=True, slots=True)
class Particulars:
    """What must be the same in two questions, whatever else they say."""

    words: frozenset[str]
    """All words, lower case."""
    names: frozenset[str]
    """Words that are names, by their capital in the midst of a sentence; lower case."""
    codes: frozenset[str]
    """Words with a digit."""
    is_negated: bool

    def agree(self, other: "Particulars") -> bool:
        """Whether an answer to one may be an answer to the other."""
        return (
            self.codes == other.codes
            and self.is_negated == other.is_negated
            and self.names <= other.words
            and other.names <= self.words
        )


_TOKEN: Final = re.compile(r"[^\s,;()\"“”]+")
_SENTENCE_END: Final = (".", "!", "?", ":", ",")


def particulars(text: str) -> Particulars:
    """Return what a question names."""
    names, codes = set(), set()
    starts = True
    for token in re.findall(r"\S+", text):
        word = token.strip(".,;:!?()\"'“”")
        if any(letter.isdigit() for letter in word):
            codes.add(word.lower())
        elif word[:1].isupper() and word != "I" and not word.startswith("I'") and not starts:
            names.add(word.lower())
        starts = token.endswith(_SENTENCE_END)
    words = frozenset(_WORD.findall(text.lower())) | {
        token.strip(".,;:!?()\"'“”").lower() for token in text.split()
    }
    return Particulars(words, frozenset(names), frozenset(codes), not _NEGATIONS.isdisjoint(words))


def plain(text: str) -> str:
    """Return a text without what does not matter at all: case, spaces and marks at its ends."""
    return " ".join(text.lower().split()).strip(" .,;:!?")
