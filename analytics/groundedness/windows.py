"""What the model reads: windows of tokens, each with some of an answer's parts and the evidence that fits them.

`[CLS] question [SEP] evidence [SEP] parts of the answer [SEP]`, the last segment marked by type 1. Neighbouring parts
stand together, so that the model sees what `it` refers to; a window never parts a sentence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from analytics.groundedness.parts import Part
from analytics.groundedness.passages import Passages

MOST_ANSWER: Final = 176
"""Tokens of an answer in one window."""

LEAST_EVIDENCE: Final = 112
MOST_EVIDENCE: Final = 176
EVIDENCE_FOR_ANSWER: Final = 1.0
"""Tokens of evidence for one of the answer, between the two bounds before."""

MOST_QUESTION: Final = 24
UNITS_EACH: Final = 6
"""Units of evidence looked at for each part, as far as there is room."""

MOST_UNIT: Final = 80
"""Tokens of one unit of evidence."""


@dataclass(frozen=True, slots=True)
class Window:
    """Token ids, the index from which they are the answer's, and which tokens are which part's."""

    ids: list[int]
    answer_from: int
    parts: list[tuple[int, int, int]]
    """Index of the part in the answer; first token; token after the last."""
    characters: list[tuple[int, int]]
    """Characters of the answer that each token from `answer_from` on stands for."""


class Tokens:
    """The model's tokenizer, with the tokens of texts that come again kept."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415 - only who judges needs it

        self._tokenizer: Any = Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.cls = self._special("[CLS]")
        self.sep = self._special("[SEP]")
        self.ids = lru_cache(maxsize=50_000)(self._ids)

    def _special(self, name: str) -> int:
        number = self._tokenizer.token_to_id(name)
        if number is None:
            raise ValueError(f"the tokenizer knows no {name}")
        return int(number)

    def _ids(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def encoded(self, texts: Sequence[str]) -> list[tuple[list[int], list[tuple[int, int]]]]:
        """Return ids and characters of each text."""
        found = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [(one.ids, one.offsets) for one in found]


def windows(
    tokens: Tokens, question: str, passages: Passages, parts: Sequence[Part]
) -> list[Window]:
    """Return the windows of one answer; every part is in exactly one."""
    asked = list(tokens.ids(question.strip()))[:MOST_QUESTION]
    encoded = tokens.encoded([part.text for part in parts])
    made = []
    for group in _groups([min(len(ids), MOST_ANSWER) for ids, _ in encoded]):
        answer_tokens = sum(min(len(encoded[index][0]), MOST_ANSWER) for index in group)
        evidence = _evidence(
            tokens, passages, [parts[index].stems for index in group], answer_tokens
        )
        head = [tokens.cls, *asked, tokens.sep, *evidence, tokens.sep]
        made.append(
            _window(tokens, head, [(index, parts[index], *encoded[index]) for index in group])
        )
    return made


def _groups(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield neighbouring parts that fit a window, about as many tokens in each."""
    count = -(-sum(lengths) // MOST_ANSWER)
    aim = min(MOST_ANSWER, sum(lengths) / max(count, 1) + 12)
    group: list[int] = []
    held = 0
    for index, length in enumerate(lengths):
        if group and held + length > aim:
            yield group
            group, held = [], 0
        group.append(index)
        held += length
    if group:
        yield group


def _evidence(
    tokens: Tokens, passages: Passages, claims: Sequence[frozenset[str]], answer_tokens: int
) -> list[int]:
    """Return the tokens of the units that tell most of the claims, in the order in which they stand."""
    room = int(min(MOST_EVIDENCE, max(LEAST_EVIDENCE, EVIDENCE_FOR_ANSWER * answer_tokens)))
    order = dict.fromkeys(passages.chosen(claims, UNITS_EACH))
    # What is left of the room goes to the beginning of the contexts, the best ranked.
    for index in range(min(len(passages.units), 24)):
        order.setdefault(index)
    taken: dict[int, list[int]] = {}
    for index in order:
        ids = list(tokens.ids(passages.units[index].text))[:MOST_UNIT]
        if len(ids) <= room:
            taken[index] = ids
            room -= len(ids)
        if room < 8:
            break
    return [token for index in sorted(taken) for token in taken[index]]


def _window(
    tokens: Tokens,
    head: list[int],
    group: Sequence[tuple[int, Part, list[int], list[tuple[int, int]]]],
) -> Window:
    ids = list(head)
    places = []
    characters: list[tuple[int, int]] = []
    for index, part, part_ids, offsets in group:
        places.append((index, len(ids), len(ids) + min(len(part_ids), MOST_ANSWER)))
        ids.extend(part_ids[:MOST_ANSWER])
        characters.extend((part.start + a, part.start + b) for a, b in offsets[:MOST_ANSWER])
    return Window([*ids, tokens.sep], len(head), places, characters)
