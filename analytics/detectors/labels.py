"""Labels of detectors."""

from typing import Final

FOUND: Final = "found"
NONE: Final = "none"


def label_of(score: float, threshold: float) -> str:
    """Return `found` for a score of the threshold or more, else `none`."""
    return FOUND if score >= threshold else NONE
