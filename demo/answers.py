"""What a model can make of a help article: its facts in other words or another language, and what contradicts it."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Worded:
    """The wordings of one article."""

    sentences: tuple[str, ...]  # the same facts as the article's, sentence by sentence
    contradiction: str
    contradicted: int  # the place of the sentence that it contradicts
    foreign: str  # a short answer in another language than English


@cache
def worded() -> dict[str, Worded]:
    """Return the wordings of each article by its id."""
    text = (files("demo") / "data" / "answers.md").read_text(encoding="utf-8")
    sections = re.split(r"^# ", text, flags=re.MULTILINE)[1:]
    return dict(map(_parse, sections))


def _parse(section: str) -> tuple[str, Worded]:
    article, *lines = section.strip().split("\n")
    number, contradiction = next(line for line in lines if line.startswith("!"))[1:].split(" ", 1)
    foreign = next(line for line in lines if line.startswith("~")).split(" ", 1)[1]
    sentences = tuple(line.removeprefix("- ") for line in lines if line.startswith("- "))
    return article, Worded(sentences, contradiction, int(number) - 1, foreign)
