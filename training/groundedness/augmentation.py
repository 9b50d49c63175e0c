"""Wrong statements made of right ones: a number, a name or a word of degree changed, a negation, or a foreign sentence.

Of what is changed we know exactly which characters nothing supports any more.
"""

import random
import re
from dataclasses import replace
from typing import Final

from analytics.groundedness.sentences import sentences
from analytics.groundedness.words import names
from training.groundedness.labelled import Example

_NUMBER: Final = re.compile(r"\b\d[\d,]*(?:\.\d+)?\b")
_AUXILIARY: Final = re.compile(
    r"\b(is|are|was|were|can|will|should|has|have|does|did|would|could)\b(?! not)"
)
_OPPOSITES: Final = {
    a: b
    for pair in (
        "increase decrease,increased decreased,more less,high low,higher lower,before after,always never,all some,"
        "first last,best worst,good bad,positive negative,early late,open closed,large small,old new,least most,"
        "above below,minimum maximum,included excluded,allowed forbidden,success failure,win lose,won lost,north south,"
        "east west,male female,hot cold,safe dangerous,increase reduce,begin end,began ended,accept reject,many few,"
        "friendly rude,cheap expensive,slow fast,free paid,indoor outdoor,monday friday,january july,summer winter"
    ).split(",")
    for a, b in (tuple(pair.split()), tuple(reversed(pair.split())))
}
_OPPOSITE: Final = re.compile(r"\b(" + "|".join(_OPPOSITES) + r")\b", re.IGNORECASE)


def spoiled(example: Example, chance: random.Random, foreign: list[Example]) -> Example:
    """Return an example with one or two of its supported sentences made wrong; itself where nothing can be changed."""
    if example.spans is None:
        return example
    for _ in range(chance.choice((1, 1, 2))):
        changes = [_number, _name, _negation, _opposite]
        chance.shuffle(changes)
        if chance.random() < 0.25:
            example = _inserted(example, chance, chance.choice(foreign))
            continue
        example = next((made for change in changes if (made := change(example, chance))), example)
    return example


def _places(example: Example, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """Return where a pattern is found in what is supported of the answer."""
    return [
        match.span()
        for match in pattern.finditer(example.answer)
        if not any(
            start < match.end() and match.start() < end for start, end in example.spans or ()
        )
    ]


def _with(
    example: Example, place: tuple[int, int], text: str, marked: int | None = None
) -> Example:
    """Return the example with the characters of `place` replaced, and marked as unsupported."""
    start, end = place
    moved = len(text) - (end - start)
    spans = [(a + moved, b + moved) if a >= end else (a, b) for a, b in example.spans or ()]
    answer = example.answer[:start] + text + example.answer[end:]
    wrong = (start, start + (len(text) if marked is None else marked))
    return replace(example, answer=answer, spans=(*spans, wrong), unsupported=True)


def _number(example: Example, chance: random.Random) -> Example | None:
    places = _places(example, _NUMBER)
    if not places:
        return None
    place = chance.choice(places)
    old = example.answer[place[0] : place[1]]
    others = [m.group() for m in _NUMBER.finditer(" ".join(example.contexts)) if m.group() != old]
    near = [other for other in others if len(other) == len(old)]
    if near and chance.random() < 0.5:
        return _with(example, place, chance.choice(near))
    digits = [i for i, character in enumerate(old) if character.isdigit()]
    at = chance.choice(digits)
    new = chance.choice([digit for digit in "123456789" if digit != old[at]])
    return _with(example, place, old[:at] + new + old[at + 1 :])


def _name(example: Example, chance: random.Random) -> Example | None:
    own = names(example.answer)
    if not own:
        return None
    old = chance.choice(own)
    others = [
        name for name in names(" ".join(example.contexts)) if name not in own and len(name) > 2
    ]
    places = _places(example, re.compile(rf"\b{re.escape(old)}\b"))
    if not others or not places:
        return None
    return _with(example, chance.choice(places), chance.choice(others))


def _negation(example: Example, chance: random.Random) -> Example | None:
    denied = _places(
        example, re.compile(r"\b(?:is|are|was|were|can|will|do|does|did) not\b|\bcannot\b")
    )
    if denied and chance.random() < 0.6:
        place = chance.choice(denied)
        old = example.answer[place[0] : place[1]]
        return _with(example, place, "can" if old == "cannot" else old.removesuffix(" not"))
    places = _places(example, _AUXILIARY)
    if not places:
        return None
    start, end = chance.choice(places)
    return _with(example, (start, end), f"{example.answer[start:end]} not")


def _opposite(example: Example, chance: random.Random) -> Example | None:
    places = _places(example, _OPPOSITE)
    if not places:
        return None
    place = chance.choice(places)
    return _with(example, place, _OPPOSITES[example.answer[place[0] : place[1]].lower()])


def _inserted(example: Example, chance: random.Random, other: Example) -> Example:
    """Return the example with a sentence of another source's answer put between its own."""
    theirs = sentences(other.answer)
    own = sentences(example.answer)
    if not theirs or not own or other.source == example.source:
        return example
    start, end = chance.choice(theirs)
    at = chance.choice(own)[1]
    text = f" {other.answer[start:end]} "
    return _with(example, (at, at), text)
