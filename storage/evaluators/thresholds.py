"""What a project's threshold makes of an evaluator's score: the one place where that is said.

In questions it is `${evaluators/told_label}` (storage/queries/evaluators/told_label.sql), in Python `told_label`. Both
turn a stored label into the one that counts; an evaluation is found where that is in `FOUND`.

Thresholds are changed in the control database (`storage.control.evaluators`). The store has a copy of them, for
questions; `store_thresholds` writes it when one is changed, and the worker whenever the two differ.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.client import Engine
from storage.evaluators.work import microseconds
from storage.statements import statement

FOUND: Final = frozenset({"found", "unsupported"})
"""Labels of what an evaluator is there to find."""

OF_SUPPORT: Final = frozenset(
    {
        "groundedness", "groundedness_judge", "groundedness_cascade", "grounded", "supported", "faithfulness",
        "faithful",
    }
)  # fmt: skip
"""Names of evaluations that say how far an answer is supported: what is found has low scores."""

_GROUNDED: Final = ("unsupported", "supported")
_DETECTED: Final = ("none", "found")
_BELOW_AND_ABOVE: Final[Mapping[str, tuple[str, str]]] = {
    label: pair for pair in (_GROUNDED, _DETECTED) for label in pair
}


@dataclass(frozen=True, slots=True)
class SetThreshold:
    """A threshold that a project has set for an evaluator; None where it has taken it back."""

    project: str
    name: str
    threshold: float | None
    at: datetime


def told_label(
    name: str, score: float | None, label: str, threshold: float | None, *, source: str = "model"
) -> str:
    """Return the label that an evaluation has by a project's `threshold` for its `name`.

    It is the label as given without a threshold or a score, where a person judged, and where it is none that scores
    decide, such as `no_answer`.
    """
    if threshold is None or score is None or source == "human":
        return label
    usual = _GROUNDED if name in OF_SUPPORT else _DETECTED
    pair = _BELOW_AND_ABOVE.get(label, usual if label == "" else None)
    if pair is None:
        return label
    below, above = pair
    return above if score >= threshold else below


def store_thresholds(engine: Engine, thresholds: Collection[SetThreshold]) -> None:
    """Have questions go by thresholds. The one that was set last counts, in whichever order they are stored."""
    if not thresholds:
        return
    rows = [[one.project, one.name, one.threshold, microseconds(one.at)] for one in thresholds]
    columns = ["project_id", "name", "threshold", "at"]
    engine.client().insert("thresholds", rows, column_names=columns)


def keep_thresholds(engine: Engine, wanted: Sequence[SetThreshold]) -> None:
    """Store those of all projects' thresholds that the store does not have, or has otherwise."""
    rows = engine.client().query(statement("thresholds")).result_rows
    held = {(project, name): (threshold, set_us) for project, name, threshold, set_us in rows}
    missing = []
    for one in wanted:
        threshold, set_us = held.get((one.project, one.name), (None, 0))
        if threshold != one.threshold and set_us < microseconds(one.at):
            missing.append(one)
    store_thresholds(engine, missing)
