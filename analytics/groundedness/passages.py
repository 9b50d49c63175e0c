"""The contexts of an answer, cut into units of evidence: sentences of prose, statements of JSON, with their words."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from analytics.evaluators.contract import Evidence
from analytics.groundedness.sentences import LONGEST, sentences
from analytics.groundedness.structured import statements
from analytics.groundedness.words import content, names, negates, numbers, words

MOST_UNITS: Final = 1_500
"""Units of evidence that one answer is compared with; what comes after them is not looked at."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or statement of one text, with characters [start, end) of it, and its words as they are compared."""

    text: str
    start: int
    end: int
    stems: frozenset[str]
    words: tuple[str, ...]
    numbers: frozenset[str]
    names: frozenset[str]
    negates: bool
    structured: bool


@lru_cache(maxsize=4_096)
def units(text: str) -> tuple[Unit, ...]:
    """Return the units of one context. Kept, because many answers are made from the same texts."""
    said = statements(text)
    if not said:
        return tuple(
            _unit(text[start:end], start, end, structured=False) for start, end in sentences(text)
        )
    found: list[Unit] = []
    for statement in said:
        if statement.prose:
            found.extend(
                _unit(
                    statement.text[start:end],
                    statement.start + start,
                    statement.start + end,
                    structured=False,
                )
                for start, end in sentences(statement.text)
            )
        else:
            found.append(
                _unit(statement.text[:LONGEST], statement.start, statement.end, structured=True)
            )
    return tuple(found)


def _unit(text: str, start: int, end: int, *, structured: bool) -> Unit:
    these = words(text)
    return Unit(
        text=text,
        start=start,
        end=end,
        stems=frozenset(content(these)),
        words=tuple(these),
        numbers=frozenset(numbers(text)),
        names=frozenset(name.lower() for name in names(text)),
        negates=negates(these),
        structured=structured,
    )


class Passages:
    """All units of the contexts of one answer, with what is known of their words together."""

    def __init__(self, contexts: Sequence[str]) -> None:
        self.units: list[Unit] = []
        self.places: list[Evidence] = []
        """Where each unit stands first."""
        self.holders: list[set[int]] = []
        """The contexts that say it."""
        self._add(contexts)
        self.stems: frozenset[str] = frozenset().union(*(unit.stems for unit in self.units))
        self.numbers: frozenset[str] = frozenset().union(*(unit.numbers for unit in self.units))
        self.words: frozenset[str] = frozenset().union(*(unit.words for unit in self.units))
        self.bigrams = {pair for unit in self.units for pair in pairwise(unit.words)}
        self.trigrams = {
            triple
            for unit in self.units
            for triple in zip(unit.words, unit.words[1:], unit.words[2:], strict=False)
        }
        self._by_stem: dict[str, list[int]] = {}
        for index, unit in enumerate(self.units):
            for stem in unit.stems:
                self._by_stem.setdefault(stem, []).append(index)
        self._rarity = {stem: self._idf(len(held)) for stem, held in self._by_stem.items()}
        self.most_rare = self._idf(0)

    def _add(self, contexts: Sequence[str]) -> None:
        """Take each thing said once, however many overlapping chunks say it."""
        seen: dict[tuple[str, ...], int] = {}
        for context, text in enumerate(contexts):
            for unit in units(text):
                if unit.words in seen:
                    self.holders[seen[unit.words]].add(context)
                elif len(self.units) < MOST_UNITS:
                    seen[unit.words] = len(self.units)
                    self.units.append(unit)
                    self.places.append(Evidence(context, unit.start, unit.end))
                    self.holders.append({context})

    def _idf(self, holders: int) -> float:
        return math.log(1 + (len(self.units) + 0.5) / (holders + 0.5))

    def rarity(self, stem: str) -> float:
        """Return how much a word tells: its inverse document frequency over the units."""
        return self._rarity.get(stem, self.most_rare)

    def ranked(self, stems: frozenset[str], most: int) -> list[tuple[int, float]]:
        """Return up to `most` units that share words with a claim, best first, with the share of its weight they hold.

        Long units count a little less.
        """
        shared: Counter[int] = Counter()
        for stem in stems:
            for index in self._by_stem.get(stem, ()):
                shared[index] += self._rarity[stem]  # type: ignore[assignment]
        whole = sum(self.rarity(stem) for stem in stems) or 1.0
        best = sorted(
            shared, key=lambda index: -shared[index] / (12 + len(self.units[index].stems))
        )
        return [(index, shared[index] / whole) for index in best[:most]]

    def chosen(self, claims: Sequence[frozenset[str]], each: int) -> list[int]:
        """Return the units to read for some claims, in turn: the best of each, then what adds most to those before."""
        ways = [self._covering(claim, each) for claim in claims]
        order: dict[int, None] = {}
        for rank in range(each):
            for way in ways:
                if rank < len(way):
                    order.setdefault(way[rank])
        return list(order)

    def _covering(self, claim: frozenset[str], most: int) -> list[int]:
        candidates = [index for index, _ in self.ranked(claim, 12)]
        left = set(claim)
        way: list[int] = []
        while candidates and len(way) < most:
            best = max(candidates, key=lambda index: self._worth(index, left, claim))
            candidates.remove(best)
            way.append(best)
            left -= self.units[best].stems
        return way

    def _worth(self, index: int, left: set[str], claim: frozenset[str]) -> float:
        stems = self.units[index].stems
        new = sum(self.rarity(stem) for stem in stems & left)
        again = sum(self.rarity(stem) for stem in stems & claim)
        return (new + 0.3 * again) / (12 + len(stems))
