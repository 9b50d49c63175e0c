"""Signs that people can read in a text: features of classifiers, and what explains their verdicts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sign:
    """A pattern with a name, for texts in lower case. What repeats in it must be bounded."""

    name: str
    source: str
    pattern: re.Pattern[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(self.source))


def lowered(text: str) -> str:
    """Return a text in lower case, every character in its place: a few have longer lower cases, and stay.

    To search this takes half of the time of a search that ignores case.
    """
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(one.lower() if len(one.lower()) == 1 else one for one in text)


def counts(signs: Sequence[Sign], text: str, *, most: int) -> list[float]:
    """Return how often a text in lower case shows each sign, `most` times at most, over `most`."""
    return [_count(sign.pattern, text, most) / most for sign in signs]


def _count(pattern: re.Pattern[str], text: str, most: int) -> int:
    number = 0
    for number, _ in enumerate(pattern.finditer(text), 1):
        if number == most:
            break
    return number


def shown(signs: Sequence[Sign], text: str) -> list[tuple[Sign, tuple[int, int]]]:
    """Return the signs that a text in lower case shows, each with the place where it does so first."""
    matches = ((sign, sign.pattern.search(text)) for sign in signs)
    return [(sign, match.span()) for sign, match in matches if match]
