"""What is asked in the help box of the product: a bank of questions, each worded in several ways, with repeats.

Each question has a meaning, the same for each way to word it: what repeats and paraphrases are known by.
"""

import re
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from random import Random
from typing import Final

from demo.knowledge import passages
from demo.slots import fill

REPEAT_SHARE: Final = 0.24
"""Share of questions that somebody of the same tenant asked before, in the same words, in the last hours."""
PARAPHRASE_SHARE: Final = 0.24
"""Share of questions that somebody of the same tenant asked before in other words, in the last hours."""
_BANK_SHARE: Final = 0.3
"""Share of the other questions that come from the bank; the rest are about articles, and new."""
_REACH_NS: Final = 18 * 3600 * 10**9


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """A question of the bank: its answer and the ways to ask it."""

    meaning: str
    answer: str
    wordings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked."""

    at: int  # Unix nanoseconds
    meaning: str
    text: str
    answer: str


@cache
def bank() -> dict[str, BankQuestion]:
    """Return the questions of the bank by their meaning."""
    text = (files("demo") / "data" / "help_box.md").read_text(encoding="utf-8")
    found = {}
    for section in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        meaning, answer, *wordings = section.strip().split("\n")
        found[meaning] = BankQuestion(
            meaning, answer, tuple(line.removeprefix("- ") for line in wordings)
        )
    return found


@dataclass(slots=True)
class HelpBox:
    """Draws questions, oldest first, and remembers what each tenant asked in the last hours."""

    rng: Random
    _recent: dict[str, deque[Asked]] = field(default_factory=dict)

    def ask(self, tenant: str, at: int) -> Asked:
        """Return the next question of a tenant."""
        recent = self._recent.setdefault(tenant, deque())
        while recent and recent[0].at < at - _REACH_NS:
            recent.popleft()
        asked = self._draw(recent, at)
        recent.append(asked)
        return asked

    def _draw(self, recent: deque[Asked], at: int) -> Asked:
        point = self.rng.random()
        if recent and point < REPEAT_SHARE:
            before = self.rng.choice(recent)
            return Asked(at, before.meaning, before.text, before.answer)
        if point < REPEAT_SHARE + PARAPHRASE_SHARE:
            again = self._reword(recent)
            if again is not None:
                meaning, text = again
                return Asked(at, meaning, text, bank()[meaning].answer)
        return self._new(at)

    def _reword(self, recent: deque[Asked]) -> tuple[str, str] | None:
        """Return a question of the last hours in words that nobody used for it in that time."""
        said = {asked.text for asked in recent}
        options = [
            (asked.meaning, wording)
            for asked in recent
            if asked.meaning in bank()
            for wording in bank()[asked.meaning].wordings
            if wording not in said
        ]
        return self.rng.choice(options) if options else None

    def _new(self, at: int) -> Asked:
        if self.rng.random() < _BANK_SHARE:
            question = self.rng.choice(list(bank().values()))
            return Asked(at, question.meaning, self.rng.choice(question.wordings), question.answer)
        passage = self.rng.choice(passages())
        text = fill(self.rng.choice(passage.questions), self.rng)
        return Asked(at, text, text, passage.text)
