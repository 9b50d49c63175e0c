"""Tells that an answer is in another language than its contexts: comparing their words says nothing there."""

from functools import cache
from typing import Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from analytics.groundedness.parts import Part
from analytics.groundedness.passages import Passages

LEAST_FOREIGN: Final = 0.7
"""Share of an answer's words that are in no context from which on its language is looked at: a short word or a name
misleads the identifier, and what shares its words with the contexts shares their language."""
MOST_READ: Final = 2_000
"""Characters of a text that are looked at."""
_SURE: Final = 0.9
_NO_LANGUAGE: Final = frozenset({"und", "zxx"})


def other_language(parts: list[Part], passages: Passages) -> tuple[str, str] | None:
    """Return the languages (ISO 639) of an answer and of its contexts, where they surely differ."""
    own = frozenset().union(*(part.words for part in parts))
    if len(own - passages.words) < LEAST_FOREIGN * len(own):
        return None
    answer = language(" ".join(part.text for part in parts))
    contexts = language(" ".join(unit.text for unit in passages.units))
    if answer == contexts or not answer or not contexts:
        return None
    return answer, contexts


def language(text: str) -> str:
    """Return the language of a text (ISO 639), empty where it is not sure."""
    name, _ = _identifier().classify(text[:MOST_READ])
    return "" if name in _NO_LANGUAGE else str(name)


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True, min_confidence=_SURE)
