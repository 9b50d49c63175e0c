"""Whether a candidate may replace a baseline, for people and for release pipelines that ask after every answer."""

import math
from dataclasses import dataclass
from typing import Final, Literal

from analytics.comparison.compare import Comparison, Measured
from analytics.comparison.sequence import ALPHA, half_width, information_for
from storage.errors import BadInput

Status = Literal["better", "not_worse", "worse", "undecided"]

_FAR: Final = 1000
"""Times as many traces from which on it is not said how many more are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseVerdict:
    """What can be said of the candidate now; each of the first three holds with 95 % for all times of asking together.

    `better`: better than the baseline. `not_worse`: not worse by more than the margin. `worse`: worse by more than the
    margin. `undecided`: none of these yet.
    """

    status: Status
    reason: str
    margin: float
    """What may be lost, as the outcome's differences are told; of a ratio, 0.1 is 10 % more."""
    alpha: float
    more_traces: int | None
    """How many more of both sides may decide it, should the difference stay as it is; None: unknown, or far off."""
    comparison: Comparison


def verdict(found: Measured, margin: float = 0.0) -> ReleaseVerdict:
    """Return what can be said of a comparison. Raises BadInput for a margin below 0."""
    if not margin >= 0 or math.isinf(margin):
        raise BadInput(f"the margin is {margin}", hint="0, or how much worse is still good enough")
    if found.contrast is None or not found.is_enough:
        return _told(found, "undecided", found.comparison.note, margin, None)
    scaled = math.log1p(margin) if found.observed.unit == "ratio" else margin
    half = half_width(found.contrast.error, found.contrast.information)
    low, high = found.contrast.difference - half, found.contrast.difference + half
    if high < 0:
        return _told(found, "better", "the whole interval is on the better side", margin, 0)
    if high < scaled:
        return _told(found, "not_worse", "the whole interval is within the margin", margin, 0)
    if low > scaled:
        return _told(found, "worse", "the whole interval is beyond the margin", margin, 0)
    return _told(
        found,
        "undecided",
        "the interval still reaches both sides of the margin",
        margin,
        _more(found, scaled),
    )


def _told(
    found: Measured, status: Status, reason: str, margin: float, more: int | None
) -> ReleaseVerdict:
    return ReleaseVerdict(
        status=status,
        reason=reason,
        margin=margin,
        alpha=ALPHA,
        more_traces=more,
        comparison=found.comparison,
    )


def _more(found: Measured, scaled: float) -> int | None:
    """Return how many more traces it takes until the interval is as narrow as the difference is far from the margin."""
    contrast = found.contrast
    if contrast is None or contrast.error == 0:
        return None
    away = abs(contrast.difference - scaled)
    needed = information_for(away, contrast.error, contrast.information) if away > 0 else None
    if needed is None or needed > _FAR * contrast.information:
        return None
    now = found.comparison.n_baseline + found.comparison.n_candidate
    return max(1, round(now * (needed / contrast.information - 1)))
