"""The state of a list page, as its URL holds it: `parse` and `to_query` are each other's inverse.

A value that is the default is left out of the URL, so that a link stays short.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from storage.control.access import Permission, current
from storage.errors import BadInput
from storage.scope import Scope
from ui import timerange
from ui.timerange import TimeRange

DEFAULT_SORT: Final = "-time"
SORTS: Final = ("time", "duration", "cost", "tokens", "errors", "spans")
"""What the store can order traces by; a leading '-' means the largest first."""
EVALUATION: Final = "evaluation."
"""Or by the evaluations of the name that follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A question to a list of traces or sessions."""

    project: str = ""
    """Empty for the reader's own: the one that they see when they name none."""
    range: TimeRange = field(default_factory=TimeRange)
    q: str = ""
    """Words to search in prompts and answers."""
    filter: str = ""
    """A filter in the filter language."""
    sort: str = DEFAULT_SORT
    live: bool = False
    """New traces come in by themselves."""
    columns: tuple[str, ...] = ()
    """Columns shown, in order; none stands for the usual ones."""

    @property
    def scope(self) -> Scope:
        """Whose traces. Raises AccessDenied unless the reader may see them."""
        return reading(self.project)


def reading(project: str) -> Scope:
    """Return the right to read a project, or the reader's own if it is empty. Raises AccessDenied."""
    caller = current()
    return caller.scope(Permission.READ, project or caller.home())


def parse(query: Mapping[str, str]) -> View:
    """Read the state from a URL query; unknown keys are left alone. Raises `BadInput` for values that mean nothing."""
    sort = query.get("sort", "") or DEFAULT_SORT
    _check_sort(sort.removeprefix("-"))
    return View(
        project=query.get("project", ""),
        range=timerange.parse(query),
        q=query.get("q", "").strip(),
        filter=query.get("filter", "").strip(),
        sort=sort,
        live=query.get("live", "") == "1",
        columns=tuple(name for name in query.get("columns", "").split(",") if name),
    )


def _check_sort(key: str) -> None:
    if key not in SORTS and not (key.startswith(EVALUATION) and key != EVALUATION):
        known = ", ".join((*SORTS, f"{EVALUATION}<name>"))
        raise BadInput(f"cannot sort by {key!r}", hint=f"sort by one of {known}")


def to_query(view: View) -> dict[str, str]:
    """Return the URL query of a state, defaults left out."""
    values = {
        "project": view.project,
        **timerange.to_query(view.range),
        "q": view.q,
        "filter": view.filter,
        "sort": "" if view.sort == DEFAULT_SORT else view.sort,
        "live": "1" if view.live else "",
        "columns": ",".join(view.columns),
    }
    return {name: value for name, value in values.items() if value}


def narrowed(view: View, *conditions: str, sort: str = DEFAULT_SORT) -> dict[str, str]:
    """Return the URL query of a list of those traces of a view that meet conditions of the filter language too."""
    whole = f"({view.filter})" if view.filter and conditions else view.filter
    parts = [part for part in (whole, *conditions) if part]
    return to_query(
        View(project=view.project, range=view.range, filter=" and ".join(parts), sort=sort)
    )


def href(path: str, query: Mapping[str, str]) -> str:
    """Return a link to a page of the app with a state."""
    text = urlencode(query)
    return f"{path}?{text}" if text else path
