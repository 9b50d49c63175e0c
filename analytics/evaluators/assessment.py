"""How far an evaluator can be trusted: its scores against labels that people gave, with 95 % intervals.

Intervals are percentiles of a bootstrap over groups (answers to one document, texts of one author) where groups are
given, else over rows: rows of one group are alike, and an interval that takes them for independent is too narrow.

The calibration error has no interval, as that of a resample is always larger than that of the rows; beside it stands
what perfect scores would show by chance (`measures.Scored.calibration_error_by_chance`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.evaluators.measures import AtThreshold, Bin, Floats, Scored

RESAMPLES: Final = 500
LEAST_GROUPS: Final = 10
"""Groups that an interval rests on."""
FALSE_ALARMS: Final = 0.01
"""At which recall is told: what people put up with."""
_SEED: Final = 19_790_101

Measure = Callable[[Floats | None], float | None]
"""A measure of rows under weights."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure with its 95 % interval. None where it is not defined; the ends also where there are few groups."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What an evaluator's scores are worth on labelled rows."""

    rows: int
    positive: int
    groups: int
    """As many as rows where nothing groups them."""
    auroc: Figure
    average_precision: Figure
    recall_at_false_alarms: Figure
    """At `FALSE_ALARMS`."""
    f1: Figure
    """At `threshold`."""
    f1_negative: Figure
    """The same, with what is not positive (an answer that is not supported) as what is looked for."""
    at_threshold: AtThreshold
    best: AtThreshold
    """At the threshold that is best on these very rows; elsewhere it will do worse."""
    brier: Figure
    calibration_error: float
    calibration_error_by_chance: float
    calibration: list[Bin]


def assess(
    truth: Sequence[bool],
    scores: Sequence[float],
    groups: Sequence[int] | None = None,
    *,
    threshold: float = 0.5,
) -> Assessment:
    """Return what scores are worth. `groups` numbers the rows that belong together.

    Raises ValueError without rows, or for scores that are not finite.
    """
    scored = Scored.of(truth, scores)
    of = np.arange(len(scored)) if groups is None else np.unique(groups, return_inverse=True)[1]
    measures: dict[str, Measure] = {
        "auroc": scored.auroc,
        "average_precision": scored.average_precision,
        "recall_at_false_alarms": lambda weights: scored.recall_at(FALSE_ALARMS, weights),
        "f1": lambda weights: scored.at(threshold, weights).f1,
        "f1_negative": lambda weights: scored.at(threshold, weights).f1_negative,
        "brier": scored.brier,
    }
    return Assessment(
        rows=len(scored),
        positive=int(scored.truth.sum()),
        groups=int(of.max() + 1),
        **_figures(measures, of),
        at_threshold=scored.at(threshold),
        best=scored.best(),
        calibration_error=scored.calibration_error(),
        calibration_error_by_chance=scored.calibration_error_by_chance(),
        calibration=scored.calibration(),
    )


def _figures(measures: Mapping[str, Measure], of: npt.NDArray[np.intp]) -> dict[str, Figure]:
    again: dict[str, list[float | None]] = {name: [] for name in measures}
    for weights in _resamples(of):
        for name, measure in measures.items():
            again[name].append(measure(weights))
    return {name: _figure(measure(None), again[name]) for name, measure in measures.items()}


def _figure(value: float | None, again: Sequence[float | None]) -> Figure:
    """Return a value with its interval, where most resamples have one."""
    found = [other for other in again if other is not None]
    if value is None or len(found) <= RESAMPLES / 2:
        return Figure(value)
    low, high = np.percentile(found, [2.5, 97.5])
    return Figure(value, float(low), float(high))


def _resamples(of: npt.NDArray[np.intp]) -> Iterator[Floats]:
    """Yield weights of the rows: how often the group of each was drawn. None where there are too few groups."""
    random = np.random.default_rng(_SEED)
    count = int(of.max() + 1)
    for _ in range(RESAMPLES if count >= LEAST_GROUPS else 0):
        drawn = np.bincount(random.integers(count, size=count), minlength=count)
        yield drawn[of].astype(np.float64)
