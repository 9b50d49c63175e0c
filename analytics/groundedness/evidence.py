"""Where a claim is said best, and what of it is not said there: its numbers, dates, names and whether it is denied."""

import re
from collections.abc import Iterator
from typing import Final

from analytics.evaluators.contract import Evidence
from analytics.groundedness.features import missing_names, missing_numbers
from analytics.groundedness.parts import Part
from analytics.groundedness.passages import Passages

NEAR: Final = 0.2
"""Share of a claim's weight that evidence holds at least; less comes from words that are everywhere."""

PLAINLY: Final = 0.6
"""Share from which evidence says nearly the same, so that a negation in one of the two is a conflict."""

MOST_NAMED: Final = 6
"""Conflicts that are named of one claim."""

_MONTHS: Final = (
    "january february march april may june july august september october november december".split()
)
_MONTH: Final = "|".join(
    f"{month[:3]}(?:{month[3:]})?" if len(month) > 3 else month for month in _MONTHS
)
_DAY_FIRST: Final = re.compile(rf"(?i)\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b\.?")
_MONTH_FIRST: Final = re.compile(rf"(?i)\b({_MONTH})\b\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d)")
_ISO: Final = re.compile(r"\b\d{4}-(\d{2})-(\d{2})\b")


def evidence_of(part: Part, passages: Passages) -> Evidence | None:
    """Return the unit of the contexts that holds most of a claim, None where none comes near."""
    best = passages.ranked(part.stems, 1)
    if not best or best[0][1] < NEAR:
        return None
    return passages.places[best[0][0]]


def conflicts_of(part: Part, passages: Passages) -> tuple[str, ...]:
    """Return what of a claim the contexts do not say: `date 3 May`, `number 42`, `name Ada Byron`, `negation`."""
    dates = [text for text, date in _dates(part.text) if date not in _dates_of(passages)]
    in_dates = {number for text in dates for number in re.findall(r"\d+", text)}
    found = [f"date {text}" for text in dates]
    found += [
        f"number {number}" for number in missing_numbers(part, passages) if number not in in_dates
    ]
    months = {month[:3] for month in _MONTHS}
    found += [
        f"name {name}"
        for name in _together(part, passages)
        if not (dates and name[:3].lower() in months)
    ]
    if _denied(part, passages):
        found.append("negation")
    return tuple(dict.fromkeys(found))[:MOST_NAMED]


def _denied(part: Part, passages: Passages) -> bool:
    best = passages.ranked(part.stems, 1)
    if not best or best[0][1] < PLAINLY:
        return False
    return passages.units[best[0][0]].negates != part.negates


def _together(part: Part, passages: Passages) -> list[str]:
    """Return the missing names of a claim, those that stand side by side as one."""
    joined: list[str] = []
    for name in missing_names(part, passages):
        if joined and f"{joined[-1]} {name}" in part.text:
            joined[-1] = f"{joined[-1]} {name}"
        else:
            joined.append(name)
    return joined


def _dates(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the days of a year that a text names, with month and day as numbers."""
    for match in _DAY_FIRST.finditer(text):
        yield match.group().rstrip("."), (_month(match.group(2)), int(match.group(1)))
    for match in _MONTH_FIRST.finditer(text):
        yield match.group(), (_month(match.group(1)), int(match.group(2)))
    for match in _ISO.finditer(text):
        yield match.group(), (int(match.group(1)), int(match.group(2)))


def _month(name: str) -> int:
    return next(
        index for index, month in enumerate(_MONTHS, 1) if month.startswith(name.lower()[:3])
    )


def _dates_of(passages: Passages) -> set[tuple[int, int]]:
    return {date for unit in passages.units if unit.numbers for _, date in _dates(unit.text)}
