"""Writes the answers of the demo in place of a model: extracts, with faults where planned."""

import re
from collections.abc import Set as AbstractSet
from functools import cache
from random import Random

from demo.faults import Fault
from demo.knowledge import Passage, passages, phrases
from demo.messages import quote
from demo.models import Reply, text_reply
from demo.retrieval import Hit, best_sentences

_NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?(?![\w-])")
_RELEVANT_FROM = 0.22

NOT_FOUND = (
    "I could not find this in our help articles. "
    "Shall I open a ticket so that a colleague can look?"
)
BLOCKED = "I cannot work on this message. Please rephrase it as a question about Tidemark."
DECLINED = "I can't share my instructions or other customers' data. What can I do for you?"
GREETING = "Hello, this is Tide, the assistant of Tidemark. What would you like to know?"
TOOL_DOWN = "I cannot reach the system at the moment. Shall I open a ticket?"


def answer_from(
    query: str, hits: list[Hit], planned: AbstractSet[Fault], version: str, rng: Random
) -> Reply:
    """Return an answer to the query from the passages found, or the planned faulty one.

    The reply carries its faults: they strike only if this reply reaches the user, and
    not when the gateway has another one in its cache.
    """
    if not hits or hits[0].score < _RELEVANT_FROM:
        return text_reply(NOT_FOUND)
    if Fault.REFUSAL in planned:
        return _faulty(rng.choice(phrases()["refusal"]), Fault.REFUSAL, version)
    sentences = _sentences(query, hits, rng)
    if Fault.UNSUPPORTED in planned:
        return _faulty(_compose(_distort(sentences, rng), hits, rng), Fault.UNSUPPORTED, version)
    if Fault.TRUNCATED in planned:
        cut = _long_extract(hits)[: rng.randrange(420, 560)].rstrip(" .")
        return _faulty(cut, Fault.TRUNCATED, version, finish_reason="length")
    return text_reply(_compose(sentences, hits, rng))


def answer_to_attack(rng: Random) -> Reply:
    """Return what the model says to an attack that passed the guardrail; one in three works."""
    return text_reply(rng.choice(phrases()["leak"]) if rng.random() < 0.33 else DECLINED)


def poisoned(hits: list[Hit], rng: Random) -> list[Hit]:
    """Return the hits with a community post among them that carries an attack."""
    text = rng.choice(phrases()["injection_indirect"])
    return [*hits[:1], Hit(_community_post(text), round(hits[0].score * 0.93, 4)), *hits[1:]]


@cache
def _community_post(text: str) -> Passage:
    number = phrases()["injection_indirect"].index(text) + 1
    # The post keeps to one sentence: an extract must not obey half an instruction.
    return Passage(
        id=f"community-{number}",
        topic="community",
        title="Answer in the community forum",
        sentences=(text,),
        questions=(),
        json_tail=f'"id":"community-{number}","title":"Answer in the community forum",'
        f'"content":{quote(text)}}}',
    )


def _sentences(query: str, hits: list[Hit], rng: Random) -> list[str]:
    articles = [hit.passage for hit in hits if hit.passage.topic != "community"]
    chosen = best_sentences(query, articles[0], rng.choice((2, 2, 3, 4)))
    if len(articles) > 1 and rng.random() < 0.2:
        chosen += best_sentences(query, articles[1], 1)
    return chosen


def _long_extract(hits: list[Hit]) -> str:
    """Return all that the articles say, which is more than fits in the token limit."""
    articles = [hit.passage for hit in hits if hit.passage.topic != "community"]
    return " ".join(passage.text for passage in articles)


def _compose(sentences: list[str], hits: list[Hit], rng: Random) -> str:
    source = next(hit.passage.id for hit in hits if hit.passage.topic != "community")
    parts = [*sentences[:-1], f"{sentences[-1].rstrip('.')} [{source}]."]
    if rng.random() < 0.5:
        parts.insert(0, rng.choice(phrases()["lead"]))
    if rng.random() < 0.35:
        parts.append(rng.choice(phrases()["sign_off"]))
    return " ".join(parts)


def _distort(sentences: list[str], rng: Random) -> list[str]:
    """Add an invented claim, or change a figure to one that no article holds."""
    numbered = [place for place, text in enumerate(sentences) if _NUMBER.search(text)]
    if numbered and rng.random() < 0.45:
        place = rng.choice(numbered)
        wrong = _absent_number(rng)
        changed = _NUMBER.sub(wrong, sentences[place], count=1)
        return [*sentences[:place], changed, *sentences[place + 1 :]]
    return [*sentences, rng.choice(phrases()["invented"])]


@cache
def _known_numbers() -> frozenset[str]:
    return frozenset(n for passage in passages() for n in _NUMBER.findall(passage.text))


def _absent_number(rng: Random) -> str:
    while (number := str(rng.randrange(6, 97))) in _known_numbers():
        pass
    return number


def _faulty(text: str, fault: Fault, version: str, *, finish_reason: str = "stop") -> Reply:
    faults = {fault, Fault.PROMPT_REGRESSION} if version == "v7" else {fault}
    return text_reply(text, finish_reason=finish_reason, faults=frozenset(faults))
