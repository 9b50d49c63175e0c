"""The texts that attacks are told from: sets of benign and of attacking texts, each in one of five folds.

What is alike (a community, a source, a written grammar) lies in one fold, so that a classifier can
be fitted on four and be judged on texts of kinds that it has not seen.
"""

import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from training.detectors import labelled, written
from training.detectors.labelled import Text

FOLDS: Final = 5
SEED: Final = 5

_LONG_TEXTS: Final = 400
"""Long benign texts a fold, put together from its pieces: length alone must not tell attacks."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text, the set that it is counted in, and its fold."""

    text: str
    set: str
    fold: int


def fold_of(group: str) -> int:
    """Return the fold of a group: always the same."""
    return (zlib.crc32(group.encode()) >> 7) % FOLDS


def folded(texts: Sequence[Text]) -> list[Folded]:
    """Return texts in the folds of their groups."""
    return [Folded(text.text, text.set, fold_of(text.group)) for text in texts]


def expanded(name: str, each: int, rng: random.Random) -> list[Folded]:
    """Return texts of a written grammar; a line and all that it stands for is in one fold."""
    return [
        Folded(text, f"written: {name}", index % FOLDS)
        for index, line in enumerate(written.grammar(name))
        for text in written.several([line], each, rng)
    ]


def attacks(data: Path, rng: random.Random) -> list[Folded]:
    """Return attacks of users: jailbreaks of the communities, of PIGuard, and written ones."""
    mixed, _ = labelled.mixed_prompts(data)
    return [
        *folded(labelled.jailbreaks(data)),
        *folded(mixed),
        *expanded("attacks", 30, rng),
    ]


def benign(data: Path, rng: random.Random) -> list[Folded]:
    """Return texts that are no attacks of users, short and long, near and far."""
    _, mixed = labelled.mixed_prompts(data)
    prompts = expanded("ordinary_prompts", 60, rng)
    questions = [
        *folded(labelled.instructions(data)),
        *folded(labelled.knowledge_questions(data)),
    ]
    documents = folded(labelled.passages(data))
    return [
        *questions,
        *folded(labelled.bank_questions(data))[::4],
        *folded(labelled.safe_prompts(data)),
        *folded(mixed),
        *prompts,
        *documents,
        *_long(prompts, questions, documents, rng),
        *expanded("ordinary_in_documents", 20, rng),
    ]


def _long(
    prompts: list[Folded], questions: list[Folded], documents: list[Folded], rng: random.Random
) -> list[Folded]:
    """Return long benign texts: prompts of applications with what they retrieved, many prompts, many questions."""
    found: list[Folded] = []
    for fold in range(FOLDS):
        own = [
            [one.text for one in part if one.fold == fold]
            for part in (prompts, questions, documents)
        ]
        for _ in range(_LONG_TEXTS):
            found.append(Folded(rng.choice(_SHAPES)(own, rng), "long benign", fold))  # noqa: PERF401
    return found


def _application(own: list[list[str]], rng: random.Random) -> str:
    prompts, questions, documents = own
    passage = rng.choice(documents)[: rng.choice([400, 1_000, 2_500])]
    return f"{rng.choice(prompts)} {rng.choice(prompts)}\n\n{passage}\n\n{rng.choice(questions)}"


def _task(own: list[list[str]], rng: random.Random) -> str:
    return f"{rng.choice(own[0])}\n{rng.choice(own[2])[: rng.choice([400, 1_500, 3_000])]}"


def _many_prompts(own: list[list[str]], rng: random.Random) -> str:
    return " ".join(rng.choice(own[0]) for _ in range(rng.choice([2, 3, 6])))


def _many_questions(own: list[list[str]], rng: random.Random) -> str:
    return "\n".join(rng.choice(own[1]) for _ in range(rng.choice([3, 8, 20])))


_SHAPES: Final[tuple[Callable[[list[list[str]], random.Random], str], ...]] = (
    _application,
    _task,
    _many_prompts,
    _many_questions,
)
