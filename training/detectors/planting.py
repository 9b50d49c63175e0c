"""Documents with and without planted instructions, and what of a text becomes a row to learn from."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from analytics.detectors import planted
from training.detectors import labelled, mixes
from training.detectors.mixes import FOLDS, Folded

PLACES: Final = ("start", "middle", "end")
_BREAKS: Final = ("\n", " ", "\n\n")
_POSTS: Final = 150
"""Short documents a fold."""
_SIZES: Final = (400, 800, 1_500, 3_000)


@dataclass(frozen=True, slots=True)
class Document:
    """A text, where in it an instruction was planted (nowhere: None), and its fold."""

    text: str
    place: tuple[int, int] | None
    set: str
    fold: int


def plant(text: str, request: str, where: str, rng: random.Random) -> tuple[str, tuple[int, int]]:
    """Return a text with a request at its `start`, `middle` or `end`, and the request's place."""
    gap = rng.choice(_BREAKS)
    if where == "start":
        return request + gap + text, (0, len(request))
    if where == "end":
        text = text.rstrip() + gap
        return text + request, (len(text), len(text) + len(request))
    sentences = planted.sentences(text)
    at = sentences[len(sentences) // 2][0] if len(sentences) > 1 else len(text)
    return text[:at] + request + gap + text[at:], (at, at + len(request))


def clean(data: Path, rng: random.Random) -> list[Document]:
    """Return documents as they are, and parts of them with ordinary sentences that look like requests."""
    passages = mixes.folded(labelled.passages(data))
    ordinary = mixes.expanded("ordinary_in_documents", 40, rng)
    whole = [Document(one.text[:6_000], None, one.set, one.fold) for one in passages]
    mixed = [
        Document(_with_ordinary(one, ordinary, rng), None, "look-alikes", one.fold)
        for one in passages
    ]
    return [*whole, *mixed, *_posts(ordinary, rng)]


def _posts(ordinary: list[Folded], rng: random.Random) -> list[Document]:
    """Return posts of a forum and notes: one to three ordinary sentences, and nothing else."""
    found: list[Document] = []
    for fold in range(FOLDS):
        own = [one.text for one in ordinary if one.fold == fold]
        for _ in range(_POSTS):
            text = " ".join(rng.choice(own) for _ in range(rng.choice([1, 2, 3])))
            found.append(Document(text, None, "short look-alikes", fold))
    return found


def _with_ordinary(passage: Folded, ordinary: list[Folded], rng: random.Random) -> str:
    text = part(passage.text, rng)
    own = [one.text for one in ordinary if one.fold == passage.fold]
    for _ in range(rng.choice([0, 1, 1, 2, 3, 6])):
        text, _ = plant(text, rng.choice(own), rng.choice(PLACES), rng)
    return text


def part(text: str, rng: random.Random) -> str:
    """Return a piece of a document, as retrieval cuts it."""
    size = rng.choice(_SIZES)
    start = rng.randrange(max(1, len(text) - size))
    return text[start : start + size]


def requests(data: Path, rng: random.Random) -> list[Folded]:
    """Return what is planted: BIPIA's training half, its categories in folds, and written requests."""
    given = labelled.planted_requests(data)
    categories = sorted({one.group for one in given})
    return [
        Folded(one.text, one.set, categories.index(one.group) % FOLDS) for one in given
    ] + mixes.expanded("requests_in_documents", 25, rng)


def attacked(
    wanted: list[Folded], passages: list[Folded], each: int, rng: random.Random
) -> list[Document]:
    """Return documents with a request of their own fold, each request in so many of them."""
    found: list[Document] = []
    for fold in range(FOLDS):
        own = [one.text for one in passages if one.fold == fold]
        for request in (one for one in wanted if one.fold == fold):
            for number in range(each):
                where = PLACES[number % 3]
                text, place = plant(part(rng.choice(own), rng), request.text, where, rng)
                found.append(Document(text, place, request.set, fold))
    return found
