"""The traces of a segment, the worst first: what stands behind the figures of a search."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.dimensions import Column, columns_of
from analytics.outcomes import Observed, Outcome, observe
from analytics.segments.table import Segment
from analytics.strata import Codes
from storage.client import Engine
from storage.errors import BadInput
from storage.outcomes import Where
from storage.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A trace of a segment, and how it came out."""

    trace_id: str
    start_unix_nano: int
    tenant_id: str
    feature: str
    prompt_version: str
    model: str
    value: float
    """The outcome of this trace: 1 or 0 where a share is looked at, seconds, USD, or a score."""


@dataclass(frozen=True, slots=True)
class Members:
    """Some of the traces of a segment that were looked at, and how many there are."""

    observed: Observed
    total: int
    members: list[Member]


def members(
    engine: Engine,
    scope: Scope,
    where: Where,
    outcome: Outcome,
    segment: Mapping[str, str],
    *,
    limit: int,
    skip: int = 0,
) -> Members:
    """Return the traces of a segment, the worst first, of equal ones the latest; after as many as `skip`.

    Raises BadInput for a dimension that there is not, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    observed = observe(engine, scope, where, outcome)
    columns = columns_of(observed.rows)
    if unknown := [name for name in segment if name not in columns]:
        hint = f"dimensions are {', '.join(columns)}"
        raise BadInput(f"there is no dimension {unknown[0][:40]!r}", hint=hint)
    places = _worst_first(observed, _places(columns, segment))
    shown = [_member(observed, columns, int(place)) for place in places[skip : skip + limit]]
    return Members(observed, int(places.size), shown)


def _places(columns: Mapping[str, Column], segment: Mapping[str, str]) -> Codes:
    if any(value not in columns[name].values for name, value in segment.items()):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(Segment(segment).mask(columns))


def _worst_first(observed: Observed, places: Codes) -> Codes:
    # Rows are in order of time.
    return places[np.lexsort((places, observed.sampled.y[places]))[::-1]]


def _member(observed: Observed, columns: Mapping[str, Column], place: int) -> Member:
    rows, prompt = observed.rows, columns["prompt_version"]
    return Member(
        trace_id=rows.trace_id[place],
        start_unix_nano=rows.start_ns[place],
        tenant_id=rows.tenant_id[place],
        feature=rows.feature[place],
        prompt_version=prompt.values[prompt.codes[place]],
        model=rows.model[place],
        value=observed.value(float(observed.sampled.y[place])),
    )
