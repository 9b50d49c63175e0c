"""Citations in an answer, checked against the contexts that they name.

A citation *exists* where what it names is among the contexts, and *hits* where that context holds what the sentence
says: nearly as much of it as any context does. Whether the sentence is supported at all is the model's to say.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from analytics.groundedness.marks import NUMBERED, WORDED
from analytics.groundedness.parts import Part
from analytics.groundedness.passages import Passages

ENOUGH: Final = 0.5
"""Share of a sentence's weight that a context holds for a citation of it to hit."""

AS_GOOD: Final = 0.8
"""Share of what the best context holds that the cited one holds at least."""

_RANGE: Final = re.compile(r"(\d{1,3})\s?[–-]\s?(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Citation:
    """Characters [start, end) of the answer that cite a context; several in one bracket are several citations."""

    start: int
    end: int
    named: str
    context: int | None
    """The context that is cited, None where there is no such."""
    hit: bool


def citations(
    answer: str, parts: Sequence[Part], passages: Passages, contexts: int, ids: Sequence[str] = ()
) -> list[Citation]:
    """Return the citations of an answer. `ids` are the names of the contexts, where they are known."""
    named = [*_numbers(answer), *_ids(answer, ids)]
    from_zero = any(name == "0" for _, _, name in named)
    places = {name: index for index, name in enumerate(ids)}
    found = []
    for start, end, name in sorted(named):
        index = places.get(name)
        if index is None and name.isdigit():
            index = int(name) - (0 if from_zero else 1)
        if index is None or not 0 <= index < contexts:
            found.append(Citation(start, end, name, None, hit=False))
            continue
        part = _cited_for(parts, start)
        found.append(
            Citation(
                start, end, name, index, hit=part is not None and _holds(part, passages, index)
            )
        )
    return found


def _numbers(answer: str) -> list[tuple[int, int, str]]:
    """Return where numbers of contexts are cited."""
    found: list[tuple[int, int, str]] = []
    for pattern in (NUMBERED, WORDED):
        for match in pattern.finditer(answer):
            body = next(group for group in match.groups() if group)
            found.extend((match.start(), match.end(), name) for name in _each(body))
    return found


def _each(body: str) -> list[str]:
    """Return the numbers of `1, 3-5`."""
    spread = _RANGE.sub(_spread, body)
    return [str(int(number)) for number in re.findall(r"\d+", spread)]


def _spread(match: re.Match[str]) -> str:
    first, last = int(match.group(1)), int(match.group(2))
    return " ".join(map(str, range(first, min(last, first + 20) + 1)))


def _ids(answer: str, ids: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return where contexts are cited by their ids, in any brackets."""
    found: list[tuple[int, int, str]] = []
    for name in ids:
        if len(name) < 2 or name.isdigit():
            continue
        pattern = re.compile(
            rf"[(\[【][^)\]】]{{0,80}}?{re.escape(name)}(?![\w-])[^)\]】]{{0,80}}[)\]】]"
        )
        found.extend((match.start(), match.end(), name) for match in pattern.finditer(answer))
    return found


def _cited_for(parts: Sequence[Part], start: int) -> Part | None:
    """Return the part that a citation is for: the one it stands in, or the one before it."""
    before = [part for part in parts if part.start <= start]
    return before[-1] if before else None


def _holds(part: Part, passages: Passages, context: int) -> bool:
    """Tell whether a context holds what a part says, beside the words of the citation itself."""
    stems = frozenset(stem for stem in part.stems if not stem.isdigit()) or part.stems
    whole = sum(passages.rarity(stem) for stem in stems) or 1.0
    by_context: dict[int, set[str]] = {}
    for unit, holders in zip(passages.units, passages.holders, strict=True):
        for holder in holders:
            by_context.setdefault(holder, set()).update(unit.stems & stems)
    held = {
        index: sum(passages.rarity(stem) for stem in some) / whole
        for index, some in by_context.items()
    }
    own = held.get(context, 0.0)
    return own >= ENOUGH and own >= AS_GOOD * max(held.values(), default=0.0)


def figures(found: Sequence[Citation], parts: Sequence[Part]) -> Mapping[str, Any]:
    """Return what is worth keeping of an answer's citations; nothing where it has none."""
    if not found:
        return {}
    claims = [part for part in parts if part.kind == "claim"]
    cited = {id(_cited_for(parts, citation.start)) for citation in found}
    return {
        "citations": len(found),
        "citations_existing": sum(citation.context is not None for citation in found),
        "citation_hits": sum(citation.hit for citation in found),
        "claims_uncited": sum(id(claim) not in cited for claim in claims),
    }
