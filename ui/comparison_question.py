"""What the page of comparisons asks, as its URL holds it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analytics.comparison.compare import BY, By, Sides
from analytics.dimensions import filter_of as filter_of_values
from analytics.dimensions import quoted
from storage.errors import BadInput
from ui import quality_frame
from ui.state import View

MARGIN: Final = 0.02
"""How much worse a share or score may be where nobody says: two percentage points."""
RATIO: Final = 0.1
"""The same of time and cost: 10 % more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonQuestion:
    """Which traces, what is compared, and how much worse is still good enough."""

    view: View
    by: By | None = None
    """None for whichever there are two of."""
    baseline: str = ""
    candidate: str = ""
    outcome: str = ""
    """What the check for a release is about."""
    margin: float = MARGIN
    ratio: float = RATIO
    told: str = ""
    """What confidence is to tell."""


def parse(query: Mapping[str, str]) -> ComparisonQuestion:
    """Read the question of a URL query; unknown keys are left alone. Raises BadInput."""
    return ComparisonQuestion(
        view=quality_frame.asked(query),
        by=_by(query.get("by", "")),
        baseline=query.get("baseline", "").strip(),
        candidate=query.get("candidate", "").strip(),
        outcome=query.get("outcome", "").strip(),
        margin=_margin(query, "margin", MARGIN),
        ratio=_margin(query, "ratio", RATIO),
        told=query.get("told", "").strip(),
    )


def filter_of(sides: Sides, side: str) -> str:
    """Return the filter that finds the traces of one side; those that used both models are of neither."""
    if sides.by != "model":
        return filter_of_values({sides.by: side})
    other = sides.candidate if side == sides.baseline else sides.baseline
    return f"chat_model = {quoted(side)} and not chat_model = {quoted(other)}"


def _by(text: str) -> By | None:
    if text and text not in BY:
        raise BadInput(f"nothing is compared by {text[:40]!r}", hint=f"one of {', '.join(BY)}")
    return next((by for by in BY if by == text), None)


def _margin(query: Mapping[str, str], name: str, usual: float) -> float:
    text = query.get(name, "")
    if not text:
        return usual
    try:
        value = float(text)
    except ValueError as error:
        raise BadInput(
            f"{name} is {text[:40]!r}, which is no number", hint="write it as 0.02"
        ) from error
    if not 0 <= value < math.inf:
        raise BadInput(f"{name} is {text[:40]}", hint="0, or how much worse is still good enough")
    return value
