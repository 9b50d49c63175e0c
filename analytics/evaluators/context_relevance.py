"""The evaluator `context_relevance`: how much of what a question asks its contexts hold, by words; no model is read.

A context counts for the share of the question's words that it has, each up to a limit, as in BM25 (S. Robertson,
S. Walker et al., TREC-3, 1994): a word that comes again tells more, a long text has more words by chance. A trace
counts for the mean of its contexts, so what was retrieved beside the point lowers it. Words are compared without their
endings; those that carry no meaning are left out.

Every word of the question weighs the same. Weights by rarity were measured too, with frequencies of general English:
they told relevant passages no better from others (docs/retrieval.md has the figures).
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from analytics.evaluators.contract import FunctionEvaluator, Sample, Verdict, evaluator
from analytics.groundedness.words import content, words

NAME: Final = "context_relevance"

SATURATION: Final = 1.2
LENGTH: Final = 0.75
"""BM25's usual k1 and b."""
USUAL_WORDS: Final = 200
"""Words with meaning of a context that is neither long nor short."""
MOST_CHARACTERS: Final = 20_000
"""Of a text, from its beginning; the rest of it is not looked at."""
NO_QUESTION: Final = "no_question"
"""Nothing was asked, or only in words that carry no meaning (`And why?`)."""
NO_CONTEXTS: Final = "no_contexts"
LEAST: Final = 0.2
"""Relevance below which a context shares next to nothing with the question."""


def context_relevance() -> FunctionEvaluator:
    """Return the evaluator."""
    return evaluator(NAME, version="1", reads="answer")(_judged)


def relevance(question: str, contexts: Sequence[str]) -> list[float]:
    """Return how much of a question each context holds, from 0 to 1; nothing where the question has no words."""
    asked = set(content(words(question[:MOST_CHARACTERS])))
    return [_held(asked, text) for text in contexts] if asked else []


def _held(asked: set[str], text: str) -> float:
    counts, length = _counted(text[:MOST_CHARACTERS])
    slack = SATURATION * (1 - LENGTH + LENGTH * length / USUAL_WORDS)
    # Twice in a context of usual length is as good as more often.
    full = 2 / (2 + SATURATION)
    found = (counts[stem] / (counts[stem] + slack) for stem in asked & counts.keys())
    return sum(min(1.0, one / full) for one in found) / len(asked)


@lru_cache(maxsize=4_096)
def _counted(text: str) -> tuple[Counter[str], int]:
    """Return the words of a text with how often each comes. Kept, as many questions find the same texts."""
    counts = Counter(content(words(text)))
    return counts, counts.total()


def _judged(sample: Sample) -> Verdict:
    contexts = [text for text in sample.contexts if text.strip()]
    if not contexts:
        return Verdict(label=NO_CONTEXTS, explanation="Nothing was retrieved.")
    each = relevance(sample.question, contexts)
    if not each:
        return Verdict(
            label=NO_QUESTION, explanation="The question has no words that could be looked for."
        )
    beside = sum(one < LEAST for one in each)
    return Verdict(
        score=sum(each) / len(each),
        explanation=(
            f"{beside} of {len(each)} contexts share next to nothing with the question; "
            f"the best has {max(each):.2f}."
        ),
        details={"each": [round(one, 3) for one in each], "best": round(max(each), 3)},
    )
