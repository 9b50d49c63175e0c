"""A corrected answer against the answer that was given, word by word."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, Literal

Change = tuple[Literal["same", "gone", "new"], str]
"""What became of a piece of text, and the piece."""

MOST_PIECES: Final = 2_000
"""Words, or else lines, of a text that are compared: matching takes time by the square of their number."""

_WORD: Final = re.compile(r"\s+|\w+|[^\w\s]")


def difference(answer: str, correction: str) -> list[Change] | None:
    """Return the pieces of both texts in order, those that both have once; None where they are too long to compare.

    The pieces that are `same` or `gone` make up the answer, those that are `same` or `new` the correction.
    """
    for pieces in (_WORD.findall, lambda text: text.splitlines(keepends=True)):
        before, after = pieces(answer), pieces(correction)
        if max(len(before), len(after)) <= MOST_PIECES:
            return list(_changes(before, after))
    return None


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield "same", "".join(before[i1:i2])
            continue
        if i2 > i1:
            yield "gone", "".join(before[i1:i2])
        if j2 > j1:
            yield "new", "".join(after[j1:j2])
