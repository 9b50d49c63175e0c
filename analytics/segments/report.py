"""Where an outcome is worse, as told to people: segments, their effect, what they were compared with, and traces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.dimensions import columns_of, filter_of
from analytics.intervals import Estimate
from analytics.outcomes import Observed, Outcome, Unit, observe
from analytics.segments.search import LEAST, Folded, Found, Q, search
from analytics.segments.table import Table
from analytics.strata import Contrast
from storage.client import Engine
from storage.outcomes import Where
from storage.scope import Scope

_Z: Final = 1.959964
_EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How far a segment is from like traffic."""

    value: float
    """Of its traces that were compared: a share, a mean, or the typical (geometric mean) seconds or USD."""
    others: float
    """Of like traces, mixed as its own are."""
    difference: Estimate
    """With its 95 % interval."""
    compared: int
    """Traces of the segment that have others like them."""
    compared_with: int
    p: float


@dataclass(frozen=True, slots=True)
class PartOf:
    """A segment that seems worse because of another one."""

    segment: Mapping[str, str]
    traces: int
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class WorseSegment:
    """Traces that came out worse than like ones, as far as luck cannot explain."""

    segment: Mapping[str, str]
    traces: int
    effect: Effect
    before_matching: Effect
    """The same against all other traces, whatever they are like."""
    p_adjusted: float
    """Corrected for all the segments that were tested: up to q are told."""
    held_equal: list[str]
    not_held_equal: list[str]
    """What could not be told apart from the segment: nearly all of it is like this, and nothing else is."""
    explains: list[PartOf]
    examples: list[str]
    """Its worst traces; of equal ones the latest."""
    filter: str
    """Finds its traces; '' where a dimension is no field of filters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentReport:
    """Where an outcome is worse. Of more traces than could be looked at, a random share was."""

    outcome: str
    unit: Unit
    worse: str
    overall: float | None
    traces: int
    looked_at: int
    tested: int
    q: float
    segments: list[WorseSegment]


def report(
    engine: Engine,
    scope: Scope,
    where: Where,
    outcome: Outcome,
    *,
    q: float = Q,
    least: int = LEAST,
) -> SegmentReport:
    """Return where an outcome is worse. Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable."""
    observed = observe(engine, scope, where, outcome)
    sampled = observed.sampled
    table = Table(columns_of(observed.rows), sampled)
    n = int(sampled.y.size)
    searched = search(table, q=q, least=least)
    return SegmentReport(
        outcome=outcome.text,
        unit=observed.unit,
        worse=outcome.worse,
        overall=observed.value(float(np.average(sampled.y, weights=sampled.weight))) if n else None,
        traces=max(n, observed.rows.traces),
        looked_at=n,
        tested=searched.tested,
        q=q,
        segments=[_segment(observed, found) for found in searched.found],
    )


def _segment(observed: Observed, found: Found) -> WorseSegment:
    values = found.segment.values
    return WorseSegment(
        segment=values,
        traces=found.n,
        effect=effect_of(observed, found.contrast),
        before_matching=effect_of(observed, found.crude),
        p_adjusted=found.p_adjusted,
        held_equal=found.held,
        not_held_equal=found.not_held,
        explains=[_part(observed, folded) for folded in found.folded],
        examples=_worst(observed, found),
        filter=filter_of(values),
    )


def _part(observed: Observed, folded: Folded) -> PartOf:
    return PartOf(folded.segment.values, folded.n, effect_of(observed, folded.contrast))


def effect_of(observed: Observed, found: Contrast) -> Effect:
    """Return a contrast as people know the outcome."""
    return Effect(
        value=observed.value(found.group),
        others=observed.value(found.others),
        difference=observed.difference(found.difference, _Z * found.error),
        compared=found.n_group,
        compared_with=found.n_others,
        p=found.p,
    )


def _worst(observed: Observed, found: Found) -> list[str]:
    places = np.flatnonzero(found.mask)
    # Rows are in order of time.
    order = np.lexsort((places, observed.sampled.y[places]))[::-1]
    return [observed.rows.trace_id[int(place)] for place in places[order[:_EXAMPLES]]]
