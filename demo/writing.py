"""Writes the answers of the demo in place of a model: from the articles, in their words or in others, or faulty.

What is wrong with an answer is known to the character: see `demo.planted`.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from demo.answers import worded
from demo.community import is_post
from demo.distortion import distort
from demo.faults import Fault
from demo.knowledge import Passage, phrases
from demo.messages import to_json
from demo.models import Reply, reply_of
from demo.planted import Answer, Citation, Lie, Says, Unsupported
from demo.retrieval import Hit, best_sentences
from demo.tools import report

_RELEVANT_FROM: Final = 0.22
_SENTENCES: Final = {"v7": (3, 4, 4, 5)}
_FEW_SENTENCES: Final = (2, 2, 3, 4)
_LIES: Final = (Lie.NUMBER, Lie.DATE, Lie.NAME, Lie.ADDED, Lie.CONTRADICTION)
_LIE_WEIGHTS: Final = (30, 12, 18, 22, 18)
_TOKEN_LIMIT_CHARS: Final = (420, 560)
_WHOLE_SENTENCE: Final = re.compile(r".*?[.!?](?= |$)")

BLOCKED: Final = "I cannot work on this message. Please rephrase it as a question about Tidemark."
GREETING: Final = "Hello, this is Tide, the assistant of Tidemark. What would you like to know?"
TOOL_DOWN: Final = "I cannot reach the system at the moment. Shall I open a ticket?"


@dataclass(frozen=True, slots=True)
class _Part:
    """A sentence of an answer: from which article, and which of its characters are not true."""

    text: str
    source: Passage
    wrong: Unsupported | None = None  # by its place in this sentence


def answer_from(
    query: str, hits: list[Hit], planned: AbstractSet[Fault], version: str, rng: Random
) -> Reply:
    """Return an answer to the query from the passages found, or the planned faulty one.

    The reply carries its faults: they strike only if this reply reaches the user.
    """
    articles = [hit for hit in hits if not is_post(hit.passage)]
    if not articles or articles[0].score < _RELEVANT_FROM:
        return not_found(rng)
    fault = next((fault for fault in _FAULTY if fault in planned), None)
    if fault is not None:
        answer = _FAULTY[fault](query, articles, version, rng)
        length = fault in {Fault.TRUNCATED, Fault.REPETITION}
        return _faulty(answer, fault, version, finish_reason="length" if length else "stop")
    parts = _parts(query, articles, version, rng)
    if Fault.UNSUPPORTED in planned:
        answer = _compose(_distort(parts, hits, rng), hits, rng)
        return _faulty(answer, Fault.UNSUPPORTED, version)
    if Fault.WRONG_CITATION in planned:
        return _faulty(_compose(parts, hits, rng, miscite=True), Fault.WRONG_CITATION, version)
    return reply_of(_compose(parts, hits, rng))


def not_found(rng: Random) -> Reply:
    """Return what the model says where the articles say nothing."""
    return reply_of(Answer(rng.choice(phrases()["not_found"]), Says.NO_ANSWER))


def answer_from_tool(
    name: str, result: dict[str, Any], version: str, *, lies: bool, rng: Random
) -> Reply:
    """Return a tool's result in words; one that `lies` has a figure, time or name wrong."""
    text = report(name, result)
    if lies:
        for kind in rng.sample((Lie.NUMBER, Lie.DATE, Lie.NAME), 3):
            wrong = distort(text, kind, to_json(result), rng)
            if wrong is not None:
                unsupported = Unsupported(wrong.start, wrong.end, kind)
                answer = Answer(wrong.text, Says.FACTS, (unsupported,))
                return _faulty(answer, Fault.UNSUPPORTED, version)
    return reply_of(Answer(text, Says.FACTS))


def answer_to_attack(prompt: str, rng: Random) -> Reply:
    """Return what the model says to an attack that passed the guardrail; one in three gets the prompt."""
    if rng.random() < 0.33:
        told = "".join(_WHOLE_SENTENCE.findall(prompt.partition("\n")[0])[:2])
        return reply_of(Answer(f'{rng.choice(phrases()["leak"])} "{told}"', Says.LEAK))
    return reply_of(Answer(rng.choice(phrases()["declined"]), Says.REFUSAL))


def _parts(query: str, articles: list[Hit], version: str, rng: Random) -> list[_Part]:
    count = rng.choice(_SENTENCES.get(version, _FEW_SENTENCES))
    parts = _sentences(query, articles[0].passage, count, rng)
    if len(articles) > 1 and rng.random() < 0.2:
        parts += _sentences(query, articles[1].passage, 1, rng)
    return parts


def _sentences(query: str, passage: Passage, count: int, rng: Random) -> list[_Part]:
    """Return the passage's sentences nearest to the query, each in its own words or in others."""
    own, other = passage.sentences, worded()[passage.id].sentences
    share = rng.choice((0.0, 0.5, 1.0))  # some models copy, some reword, most do both
    return [
        _Part((other if rng.random() < share else own)[place], passage)
        for place in best_sentences(query, passage, count)
    ]


# ------------------------------------------------------------------------------------ what goes wrong


def _distort(parts: list[_Part], hits: list[Hit], rng: Random) -> list[_Part]:
    """Make one sentence untrue, or add one about which the documents say nothing."""
    first = rng.choices(_LIES, _LIE_WEIGHTS)[0]
    for kind in (first, *_LIES):
        changed = _with_lie(parts, kind, hits, rng)
        if changed is not None:
            return changed
    raise AssertionError("a claim can always be added")


def _with_lie(parts: list[_Part], kind: Lie, hits: list[Hit], rng: Random) -> list[_Part] | None:
    if kind is Lie.ADDED:
        claim = _untrue(rng.choice(phrases()["invented"]), parts[0].source, kind)
        place = rng.randrange(1, len(parts) + 1)
        return [*parts[:place], claim, *parts[place:]]
    if kind is Lie.CONTRADICTION:
        return _contradicted(parts)
    for place in rng.sample(range(len(parts)), len(parts)):
        part = parts[place]
        found = distort(part.text, kind, " ".join(hit.passage.text for hit in hits), rng)
        if found is not None:
            wrong = Unsupported(found.start, found.end, kind)
            return [
                *parts[:place],
                replace(part, text=found.text, wrong=wrong),
                *parts[place + 1 :],
            ]
    return None


def _contradicted(parts: list[_Part]) -> list[_Part]:
    """Put what contradicts the article in the place of the sentence that says it, or at the end."""
    source = parts[0].source
    wordings = worded()[source.id]
    true = {source.sentences[wordings.contradicted], wordings.sentences[wordings.contradicted]}
    claim = _untrue(wordings.contradiction, source, Lie.CONTRADICTION)
    if any(part.text in true for part in parts):
        return [claim if part.text in true else part for part in parts]
    return [*parts, claim]


def _untrue(text: str, source: Passage, kind: Lie) -> _Part:
    return _Part(text, source, Unsupported(0, len(text), kind))


def _refused(_query: str, _articles: list[Hit], _version: str, rng: Random) -> Answer:
    return Answer(rng.choice(phrases()["refusal"]), Says.REFUSAL)


def _cut(_query: str, articles: list[Hit], _version: str, rng: Random) -> Answer:
    """Return all that the articles say, as far as it fits in the token limit."""
    text = " ".join(hit.passage.text for hit in articles)
    return Answer(text[: rng.randrange(*_TOKEN_LIMIT_CHARS)].rstrip(" ."), Says.FACTS)


def _empty(_query: str, _articles: list[Hit], _version: str, _rng: Random) -> Answer:
    return Answer("", Says.NOTHING)


def _foreign(_query: str, articles: list[Hit], _version: str, _rng: Random) -> Answer:
    return Answer(worded()[articles[0].passage.id].foreign, Says.FACTS)


def _repeated(query: str, articles: list[Hit], version: str, rng: Random) -> Answer:
    """Return a sentence that comes again until the token limit."""
    sentence = _parts(query, articles, version, rng)[0].text
    text = " ".join([sentence] * (_TOKEN_LIMIT_CHARS[1] // len(sentence) + 2))
    return Answer(text[: rng.randrange(*_TOKEN_LIMIT_CHARS)], Says.FACTS)


_FAULTY: Final = {
    Fault.REFUSAL: _refused,
    Fault.TRUNCATED: _cut,
    Fault.EMPTY: _empty,
    Fault.WRONG_LANGUAGE: _foreign,
    Fault.REPETITION: _repeated,
}


def _faulty(answer: Answer, fault: Fault, version: str, *, finish_reason: str = "stop") -> Reply:
    faults = {fault, Fault.PROMPT_REGRESSION} if version == "v7" else {fault}
    return reply_of(answer, finish_reason=finish_reason, faults=frozenset(faults))


# -------------------------------------------------------------------------------------- putting together


def _compose(parts: list[_Part], hits: list[Hit], rng: Random, *, miscite: bool = False) -> Answer:
    """Join the sentences to an answer, with citations in the manner of the day."""
    numbered = rng.random() < 0.35
    cited = _cited(parts, rng, certainly=miscite)
    wrong_at = rng.choice(sorted(cited)) if miscite else -1
    written = _Written()
    if rng.random() < 0.5:
        written.add(rng.choice(phrases()["lead"]))
    for place, part in enumerate(parts):
        label = None
        if place in cited:
            label = _label(part.source, hits, numbered=numbered, miscite=place == wrong_at, rng=rng)
        written.add_part(part, label)
    if rng.random() < 0.35:
        written.add(rng.choice(phrases()["sign_off"]))
    return written.answer()


def _cited(parts: list[_Part], rng: Random, *, certainly: bool) -> set[int]:
    """Return the places of the sentences that get a label: none, the last of each article, or all."""
    point = rng.random()
    if point < 0.2 and not certainly:
        return set()
    if point < 0.7:
        return {
            place for place, part in enumerate(parts) if part.source is not _after(parts, place)
        }
    return set(range(len(parts)))


def _after(parts: list[_Part], place: int) -> Passage | None:
    return parts[place + 1].source if place + 1 < len(parts) else None


@dataclass(frozen=True, slots=True)
class _Label:
    text: str
    document: str  # empty where it names none
    is_right: bool  # names where the sentence is from


def _label(
    source: Passage, hits: list[Hit], *, numbered: bool, miscite: bool, rng: Random
) -> _Label:
    """Return the label for a sentence from an article; a wrong one names another document, or none at all."""
    documents = [hit.passage for hit in hits]
    named: Passage | None = source
    if miscite:
        others = [p for p in documents if p is not source]
        named = rng.choice([*others, None])
    if named is None:
        return _Label(str(len(documents) + 2) if numbered else "billing-9", "", is_right=False)
    text = str(documents.index(named) + 1) if numbered else named.id
    return _Label(text, named.id, is_right=named is source)


class _Written:
    """An answer that grows, and where in it is what."""

    def __init__(self) -> None:
        self._text = ""
        self._unsupported: list[Unsupported] = []
        self._citations: list[Citation] = []

    def add(self, sentence: str) -> int:
        """Add a sentence and return where it begins."""
        if self._text:
            self._text += " "
        begin = len(self._text)
        self._text += sentence
        return begin

    def add_part(self, part: _Part, label: _Label | None) -> None:
        """Add a sentence from an article, with a label before its full stop."""
        if label is None:
            begin = self.add(part.text)
        else:
            bare = part.text.rstrip(".")
            begin = self.add(f"{bare} [{label.text}].")
            start = begin + len(bare) + 1
            supports = label.is_right and part.wrong is None
            end = start + len(label.text) + 2
            self._citations.append(Citation(start, end, label.document, supports))
        if part.wrong is not None:
            end = min(part.wrong.end, len(part.text.rstrip(".")))
            self._unsupported.append(
                Unsupported(begin + part.wrong.start, begin + end, part.wrong.kind)
            )

    def answer(self) -> Answer:
        """Return what was written."""
        return Answer(self._text, Says.FACTS, tuple(self._unsupported), tuple(self._citations))
