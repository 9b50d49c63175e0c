"""Differences between two prompt versions or models, like with like, with intervals for one look and for any number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from analytics.comparison.sequence import LEAST_CLUSTERS, half_width
from analytics.dimensions import Column, column, columns_of, day_of, quoted
from analytics.intervals import Estimate
from analytics.outcomes import Observed, Outcome, Unit, Worse, observe
from analytics.strata import Codes, Contrast, Mask, contrast, held_equal
from storage.client import Engine
from storage.errors import BadInput
from storage.outcomes import Where
from storage.scope import Scope

By = Literal["prompt_version", "model"]
BY: Final[tuple[By, ...]] = ("prompt_version", "model")

_Z: Final = 1.959964
_HELD: Final = ("feature", "day", "prompt_version", "model", "tenant_id", "environment")
"""What is held equal, but for what is compared. Not what a prompt or model itself changes, like the input's length."""
_SIDE_BY_SIDE: Final = 0.5
"""Share of the candidate's traces that are of days on which the baseline ran too."""


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared: two prompt versions (`version` or `name@version`), or two models."""

    by: By
    baseline: str
    candidate: str

    def __post_init__(self) -> None:
        if self.by not in BY:
            raise BadInput(
                f"nothing is compared by {self.by[:40]!r}", hint=f"one of {', '.join(BY)}"
            )
        if not self.baseline or not self.candidate:
            raise BadInput("a comparison needs two sides", hint="name baseline and candidate")
        if self.baseline == self.candidate:
            raise BadInput("baseline and candidate are the same", hint="name two that differ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How far the candidate is from the baseline in one outcome. Values are of traces that have others like them."""

    outcome: str
    unit: Unit
    worse: Worse
    """Which way is worse: `lower` scores, say, or `higher` costs."""
    baseline: float | None
    candidate: float | None
    difference: Estimate | None
    """Candidate less baseline (a ratio: by baseline), with the 95 % interval for one look that was planned."""
    at_any_time: Estimate | None
    """The same with the interval that holds however often one looks; None until there is enough for one."""
    n_baseline: int
    n_candidate: int
    sessions: int
    left_out: int
    """Traces without any of the other side like them."""
    held_equal: list[str]
    not_held_equal: list[str]
    note: str
    """Why there is no interval, or what to beware of."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A comparison and what it rests on; differences in `contrast` are larger where the candidate is worse."""

    observed: Observed
    contrast: Contrast | None
    comparison: Comparison
    is_enough: bool
    """Both sides have enough sessions for an interval that holds at any time."""


def compare(engine: Engine, scope: Scope, where: Where, sides: Sides, outcome: Outcome) -> Measured:
    """Return how the candidate compares with the baseline. Raises as `observe`."""
    observed = observe(engine, scope, _of_sides(where, sides), outcome)
    columns = columns_of(observed.rows)
    arms = _arms(columns[sides.by], sides)
    return measured(observed, columns, arms, sides)


def _of_sides(where: Where, sides: Sides) -> Where:
    """Return where the traces of the two sides are: of a busy project, no others are to be looked at."""
    field = "chat_model" if sides.by == "model" else "prompt_version"
    named = (sides.baseline, sides.candidate)
    values = {side.rpartition("@")[2] for side in named} if sides.by != "model" else set(named)
    chosen = f"{field} in ({', '.join(quoted(value) for value in sorted(values))})"
    return replace(where, filter=f"({where.filter}) and {chosen}" if where.filter else chosen)


def measured(
    observed: Observed, columns: Mapping[str, Column], arms: tuple[Mask, Mask], sides: Sides
) -> Measured:
    """Return a comparison of two sets of traces; no trace is in both."""
    baseline, candidate = arms
    among = baseline | candidate
    group = candidate[among]
    sampled = observed.sampled.where(among)
    sizes = (int(baseline.sum()), int(candidate.sum()))
    days = column([day_of(start) for start in observed.rows.start_ns])
    known = {
        name: days.codes if name == "day" else columns[name].codes
        for name in _HELD
        if name != sides.by
    }
    if 0 in sizes:
        return Measured(observed, None, _nothing(observed, sizes, sides), is_enough=False)
    held, strata = held_equal(group, sampled.weight, {k: v[among] for k, v in known.items()})
    found = contrast(sampled, group, strata)
    if found is None:
        return Measured(observed, None, _nothing(observed, sizes, sides), is_enough=False)
    is_enough = _clusters(sampled.cluster, group) >= LEAST_CLUSTERS
    not_held = [name for name in known if name not in held and np.ptp(known[name][among]) > 0]
    comparison = Comparison(
        outcome=observed.outcome.text,
        unit=observed.unit,
        worse=observed.outcome.worse,
        baseline=observed.value(found.others),
        candidate=observed.value(found.group),
        difference=observed.difference(found.difference, _Z * found.error),
        at_any_time=_at_any_time(observed, found) if is_enough else None,
        n_baseline=sizes[0],
        n_candidate=sizes[1],
        sessions=found.clusters,
        left_out=sum(sizes) - found.n_group - found.n_others,
        held_equal=held,
        not_held_equal=not_held,
        note=_note(is_side_by_side=_is_side_by_side(days.codes, arms), is_enough=is_enough),
    )
    return Measured(observed, found, comparison, is_enough)


def _at_any_time(observed: Observed, found: Contrast) -> Estimate:
    return observed.difference(found.difference, half_width(found.error, found.information))


def _is_side_by_side(days: Codes, arms: tuple[Mask, Mask]) -> bool:
    baseline, candidate = arms
    return bool(np.isin(days[candidate], days[baseline]).mean() >= _SIDE_BY_SIDE)


def _note(*, is_side_by_side: bool, is_enough: bool) -> str:
    if not is_enough:
        return f"each side needs {LEAST_CLUSTERS} sessions, or traces without one, first"
    if not is_side_by_side:
        return "the two sides did not run side by side: what else changed between them counts too"
    return ""


def _nothing(observed: Observed, sizes: tuple[int, int], sides: Sides) -> Comparison:
    missing = [
        name for name, n in zip((sides.baseline, sides.candidate), sizes, strict=True) if not n
    ]
    return Comparison(
        outcome=observed.outcome.text,
        unit=observed.unit,
        worse=observed.outcome.worse,
        baseline=None,
        candidate=None,
        difference=None,
        at_any_time=None,
        n_baseline=sizes[0],
        n_candidate=sizes[1],
        sessions=0,
        left_out=sum(sizes),
        held_equal=[],
        not_held_equal=[],
        note=f"no traces of {' and '.join(missing)} with this outcome"
        if missing
        else "no like traces",
    )


def _clusters(cluster: np.ndarray, group: Mask) -> int:
    return min(int(np.unique(cluster[side]).size) for side in (group, ~group))


def _arms(known: Column, sides: Sides) -> tuple[Mask, Mask]:
    """Return which traces are of which side. One that used both models is of none."""
    return _of(known, sides.baseline, sides), _of(known, sides.candidate, sides)


def _of(known: Column, value: str, sides: Sides) -> Mask:
    other = sides.candidate if value == sides.baseline else sides.baseline
    places = [
        place
        for place, name in enumerate(known.values)
        if _is_of(name, value, sides.by) and not _is_of(name, other, sides.by)
    ]
    found: Mask = np.isin(known.codes, places)
    return found


def _is_of(name: str, value: str, by: By) -> bool:
    if by == "model":
        return value in name.split(" + ")
    return name == value or name.rpartition("@")[2] == value
