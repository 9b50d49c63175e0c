"""The texts of the demo: help articles, phrases, prompts and tool definitions."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import orjson

NEW_TOPIC = "replenish"
"""The topic that nobody asks about before its launch."""

_SENTENCE_END = re.compile(r"(?<=[.!?]) +")
_WORD = re.compile(r"[a-z0-9]+")
_STOPWORDS = frozenset(
    _WORD.findall(
        "a about after all also an and any are as at be been before but by can could did do does "
        "don for from get has have how i if in into is it its me more must my need no not of on "
        "one only or our please shall should so than that the their them then there they this to "
        "today up us was we what when where which who why will with work you your"
    )
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One help article, short enough to be one chunk of the retrieval index."""

    id: str
    topic: str
    title: str
    sentences: tuple[str, ...]
    questions: tuple[str, ...]  # templates of questions that it answers
    json_tail: str  # `"id":...,"title":...,"content":...}`, to follow a score

    @property
    def text(self) -> str:
        """The whole passage."""
        return " ".join(self.sentences)


def make_passage(*, id: str, topic: str, title: str, text: str, questions: list[str]) -> Passage:  # noqa: A002
    """Cuts the text into sentences and prepares its JSON."""
    body = orjson.dumps({"id": id, "title": title, "content": text}).decode()
    sentences = tuple(_SENTENCE_END.split(text))
    return Passage(id, topic, title, sentences, tuple(questions), body[1:])


def _read(name: str) -> str:
    return (files("demo") / "data" / name).read_text(encoding="utf-8")


@cache
def passages() -> tuple[Passage, ...]:
    """All help articles, those of the new topic included."""
    found = []
    for section in re.split(r"^# ", _read("knowledge.md"), flags=re.MULTILINE)[1:]:
        heading, *articles = re.split(r"^## ", section, flags=re.MULTILINE)
        topic = heading.split("|")[0].strip()
        for number, article in enumerate(articles, start=1):
            title, text, *rest = article.strip().split("\n")
            questions = [line.removeprefix("? ") for line in rest if line.startswith("? ")]
            found.append(
                make_passage(
                    id=f"{topic}-{number}", topic=topic, title=title, text=text, questions=questions
                )
            )
    return tuple(found)


@cache
def passages_by_topic() -> dict[str, tuple[Passage, ...]]:
    """Return the help articles of each topic."""
    topics = dict.fromkeys(passage.topic for passage in passages())
    return {topic: tuple(p for p in passages() if p.topic == topic) for topic in topics}


@cache
def phrases() -> dict[str, tuple[str, ...]]:
    """Alternatives by section name, with `{slots}` still open."""
    sections = re.split(r"^# ", _read("phrases.md"), flags=re.MULTILINE)[1:]
    split = (section.strip().split("\n") for section in sections)
    return {name: tuple(line.removeprefix("- ") for line in lines) for name, *lines in split}


@cache
def prompt(name: str, version: str) -> str:
    """Return the system prompt of that name and version."""
    for section in re.split(r"^# ", _read("prompts.md"), flags=re.MULTILINE)[1:]:
        heading, text = section.split("\n", 1)
        if heading.strip() == f"{name} {version}":
            return text.strip()
    raise KeyError(f"no prompt {name} {version} in prompts.md")


@cache
def tool_definitions() -> str:
    """Return the tools offered to the model, as a JSON array."""
    return orjson.dumps(orjson.loads(_read("tools.json"))).decode()


def terms(text: str) -> list[str]:
    """Return the words of a text that carry meaning, lower case, plural and tense endings off."""
    words = (word for word in _WORD.findall(text.lower()) if word not in _STOPWORDS)
    return [_stem(word) for word in words]


@lru_cache(maxsize=50_000)  # names and numbers of users pass through here too
def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ied", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word
