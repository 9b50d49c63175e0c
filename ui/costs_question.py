"""What a cost page asks, as its URL holds it: a range, up to one value of each dimension, what to group by.

`tenant=acme` narrows to a value; `none=tenant,user` to calls that name none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from storage.costs.filtering import traces_filter
from storage.errors import BadInput
from storage.scope import Scope
from ui import state, timerange
from ui.state import View
from ui.timerange import TimeRange

USUAL_RANGE: Final = "7d"
"""Spend is looked at by weeks; lists of traces by days."""

DIMENSIONS: Final = {
    "tenant": "Tenant",
    "feature": "Feature",
    "model": "Model",
    "provider": "Provider",
    "operation": "Operation",
    "user": "User",
    "user_tier": "User tier",
    "session": "Session",
    "service": "Service",
    "environment": "Environment",
    "prompt_name": "Prompt",
    "prompt_version": "Prompt version",
}
"""What spend can be told apart by, and how the pages call it; the keys are `storage.costs.dimensions.DIMENSIONS`."""


TOP: Final = ("tenant", "feature", "model")
"""What a page tells apart where nothing else is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostQuestion:
    """Which calls a cost page is about, and how it tells them apart."""

    project: str = ""
    """Empty for the reader's own, as in `ui.state.View`."""
    range: TimeRange = field(default_factory=lambda: TimeRange(last=USUAL_RANGE))
    zone: str = "UTC"
    """The reader's time zone: where days and months begin."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Value by dimension; an empty one stands for calls that name none."""
    by: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        """Whose calls. Raises AccessDenied unless the reader may see them."""
        return state.reading(self.project)


def parse(query: Mapping[str, str]) -> CostQuestion:
    """Read the question of a URL query; unknown keys are left alone. Raises BadInput."""
    given = dict(query)
    if not given.get("from"):
        given["range"] = given.get("range") or USUAL_RANGE
    where = {name: given[name] for name in DIMENSIONS if given.get(name)}
    without = _dimensions(given.get("none", ""))
    if both := [name for name in without if name in where]:
        raise BadInput(f"{both[0]} is asked to be there and to be missing", hint="keep one of them")
    return CostQuestion(
        project=given.get("project", ""),
        range=timerange.parse(given),
        zone=given.get("zone", "") or "UTC",
        where=where | dict.fromkeys(without, ""),
        by=_dimensions(given.get("by", "")),
    )


def _dimensions(text: str) -> tuple[str, ...]:
    names = tuple(part for part in text.split(",") if part)
    if unknown := [name for name in names if name not in DIMENSIONS]:
        hint = f"the dimensions are {', '.join(DIMENSIONS)}"
        raise BadInput(f"there are no costs by {unknown[0][:40]!r}", hint=hint)
    if len(set(names)) < len(names):
        raise BadInput("a dimension is named twice", hint="name each once")
    return names


def to_query(asked: CostQuestion) -> dict[str, str]:
    """Return the URL query of a question, what is usual left out: the inverse of `parse`, but for the zone."""
    ends = timerange.to_query(asked.range)
    if asked.range.start is None:
        ends = {} if asked.range.last == USUAL_RANGE else {"range": asked.range.last}
    values = {
        "project": asked.project,
        **ends,
        **asked.where,
        "none": ",".join(name for name, value in asked.where.items() if not value),
        "by": ",".join(asked.by),
    }
    return {name: value for name, value in values.items() if value}


def traces_query(
    asked: CostQuestion, where: Mapping[str, str] | None = None, **call: Any
) -> dict[str, str]:
    """Return the query of the list of traces behind a figure, the dearest first.

    `where` narrows the question; `call` says more of the calls, as `storage.costs.filtering.traces_filter` takes it.
    """
    every = {**asked.where, **(where or {})}
    found = traces_filter({name: (value,) for name, value in every.items()}, **call)
    return traces_of(asked, found)


def traces_of(asked: CostQuestion, filter_text: str) -> dict[str, str]:
    """Return the query of the list of traces that a filter finds in the range, the dearest first."""
    listed = View(project=asked.project, range=asked.range, filter=filter_text, sort="-cost")
    return state.to_query(listed)
