"""Figures of a part of an answer beside its contexts: how much of it is there, how much is new, what disagrees.

They are cheap, explain themselves, and know things that a small reader of tokens overlooks, such as a number that
stands nowhere in the contexts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.groundedness.parts import Part
from analytics.groundedness.passages import Passages
from analytics.groundedness.reader import SUMMARY
from analytics.groundedness.words import content, stem, words

Floats = npt.NDArray[np.float64]

HEDGES: Final = frozenset(
    "may might could possibly perhaps likely seems appears suggests probably generally often typically usually".split()
)

PART_FEATURES: Final = (
    "coverage", "weighted_coverage", "novel", "rarest_novel", "bigrams_copied", "trigrams_copied", "best_unit",
    "best_two_units", "numbers", "numbers_missing", "names", "names_missing", "negation_differs", "negates", "hedges",
    "frame", "no_answer", "question", "length", "position", "last", "asked", "structured", "contexts_length",
)  # fmt: skip
"""What `of_part` returns, in order."""

ANSWER_FEATURES: Final = (
    "worst", "worst_two", "worst_three", "mean", "any", "parts", "worst_token", "mean_token", "worst_read",
    "mean_read", "coverage", "novel", "mean_coverage", "least_coverage", "trigrams_copied", "least_best_unit",
    "numbers_missing", "names_missing", "no_answer", "structured", "contexts_length", "length", "foreign_words",
)  # fmt: skip
"""What `of_answer` returns, in order."""


_AT: Final = {name: column for column, name in enumerate((*SUMMARY, *PART_FEATURES))}
"""Where a figure of a part stands."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the parts of one answer share."""

    passages: Passages
    asked: frozenset[str]
    structured: float
    contexts_length: float


def setting(question: str, passages: Passages) -> Setting:
    """Return what is known before the answer is looked at."""
    count = len(passages.units) or 1
    return Setting(
        passages=passages,
        asked=frozenset(content(words(question))),
        structured=sum(unit.structured for unit in passages.units) / count,
        contexts_length=math.log1p(sum(len(unit.words) for unit in passages.units)),
    )


def of_part(given: Setting, parts: Sequence[Part], index: int) -> list[float]:
    """Return the figures of one part, in the order of PART_FEATURES."""
    part, passages = parts[index], given.passages
    weights = {stem_: passages.rarity(stem_) for stem_ in part.stems}
    whole = sum(weights.values()) or 1.0
    novel = [weight for stem_, weight in weights.items() if stem_ not in passages.stems]
    best = passages.ranked(part.stems, 8)
    nearest = passages.units[best[0][0]] if best else None
    return [
        1 - len(novel) / (len(weights) or 1),
        1 - sum(novel) / whole,
        math.log1p(len(novel)),
        max(novel, default=0.0) / passages.most_rare,
        _copied([*pairwise(part.words)], passages.bigrams),
        _copied(
            [*zip(part.words, part.words[1:], part.words[2:], strict=False)], passages.trigrams
        ),
        max((share for _, share in best), default=0.0),
        _two(part, passages, weights, whole, [unit for unit, _ in best]),
        math.log1p(len(part.numbers)),
        math.log1p(len(missing_numbers(part, passages))),
        math.log1p(len(part.names)),
        math.log1p(len(missing_names(part, passages))),
        float(nearest is not None and nearest.negates != part.negates),
        float(part.negates),
        float(any(word in HEDGES for word in part.words)),
        float(part.kind == "frame"),
        float(part.kind == "no_answer"),
        float(part.kind == "question"),
        math.log1p(len(part.words)),
        index / max(len(parts) - 1, 1),
        float(index == len(parts) - 1),
        len(part.stems & given.asked) / (len(part.stems) or 1),
        given.structured,
        given.contexts_length,
    ]


def _copied(
    grams: Sequence[tuple[str, ...]], among: set[tuple[str, str]] | set[tuple[str, str, str]]
) -> float:
    return sum(gram in among for gram in grams) / (len(grams) or 1)


def _two(
    part: Part, passages: Passages, weights: dict[str, float], whole: float, best: Sequence[int]
) -> float:
    """Return the share of the part's weight that its best unit covers together with the one that adds most to it."""
    if not best:
        return 0.0
    first = passages.units[best[0]].stems
    return max(
        sum(weights[stem_] for stem_ in part.stems & (first | passages.units[other].stems)) / whole
        for other in best
    )


def missing_numbers(part: Part, passages: Passages) -> list[str]:
    """Return the numbers of a part that stand nowhere in the contexts."""
    return [number for number in part.numbers if number not in passages.numbers]


def missing_names(part: Part, passages: Passages) -> list[str]:
    """Return the names of a part that stand nowhere in the contexts."""
    return [
        name
        for name in part.names
        if not all(word in passages.words or stem(word) in passages.stems for word in words(name))
    ]


def of_answer(
    given: Setting, parts: Sequence[Part], logits: Floats, figures: Floats
) -> list[float]:
    """Return the figures of a whole answer, in the order of ANSWER_FEATURES.

    From its parts' logits of being unsupported, and the parts' own figures (SUMMARY, then PART_FEATURES). What is no
    claim, such as a closing question, is not looked at where something is claimed.
    """
    silent = float(figures[:, _AT["no_answer"]].mean())
    claims = [i for i, part in enumerate(parts) if part.kind == "claim"] or [*range(len(parts))]
    parts, logits, figures = [parts[i] for i in claims], logits[claims], figures[claims]
    ordered = np.sort(logits)[::-1]
    any_wrong = float(np.clip(1 - np.prod(1 / (1 + np.exp(logits))), 1e-6, 1 - 1e-6))
    stems = frozenset().union(*(part.stems for part in parts))
    own = frozenset().union(*(part.words for part in parts))
    novel = len(stems - given.passages.stems)
    return [
        float(ordered[0]),
        float(ordered[:2].mean()),
        float(ordered[:3].mean()),
        float(logits.mean()),
        math.log(any_wrong / (1 - any_wrong)),
        math.log1p(len(parts)),
        float(figures[:, _AT["worst_token"]].max()),
        float(figures[:, _AT["mean_token"]].mean()),
        float(figures[:, _AT["part"]].max()),
        float(figures[:, _AT["part"]].mean()),
        1 - novel / (len(stems) or 1),
        math.log1p(novel),
        float(figures[:, _AT["coverage"]].mean()),
        float(figures[:, _AT["coverage"]].min()),
        float(figures[:, _AT["trigrams_copied"]].mean()),
        float(figures[:, _AT["best_unit"]].min()),
        float(figures[:, _AT["numbers_missing"]].sum()),
        float(figures[:, _AT["names_missing"]].sum()),
        silent,
        given.structured,
        given.contexts_length,
        math.log1p(sum(len(part.words) for part in parts)),
        len(own - given.passages.words) / (len(own) or 1),
    ]
