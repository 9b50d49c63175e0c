"""What the routes about usage take: the window, the dimensions to narrow it to, the step, the form of the answer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Annotated, Final

from fastapi import Depends, Header, Query, Request
from fastapi.dependencies.models import Dependant

from server.api.deps import WindowDep
from storage.costs.dimensions import DIMENSIONS
from storage.costs.steps import Step
from storage.costs.usage_export import Form
from storage.errors import BadInput
from storage.literals import duration_ns
from storage.window import Window

DEFAULT_WINDOW: Final = timedelta(days=7)
_SECOND_NS: Final = 10**9
_MEDIA: Final[Mapping[str, Form | None]] = {
    "json": None,
    "csv": "csv",
    "parquet": "parquet",
    "application/json": None,
    "text/csv": "csv",
    "application/vnd.apache.parquet": "parquet",
}
_NARROWED = Annotated[
    list[str] | None,
    Query(description="Calls of this value alone, or of any of several; empty: of those without."),
]


def _window_of_usage(window: WindowDep) -> Window:
    """Return the window asked for; the last seven days if none is."""
    if window is not None:
        return window
    now = datetime.now(UTC)
    return Window(now - DEFAULT_WINDOW, now)


def _where(  # noqa: PLR0917 - a parameter of the API each
    tenant: _NARROWED = None,
    feature: _NARROWED = None,
    user: _NARROWED = None,
    user_tier: _NARROWED = None,
    session: _NARROWED = None,
    model: _NARROWED = None,
    provider: _NARROWED = None,
    operation: _NARROWED = None,
    service: _NARROWED = None,
    environment: _NARROWED = None,
    prompt_name: _NARROWED = None,
    prompt_version: _NARROWED = None,
) -> dict[str, Sequence[str]]:
    """Return what the question is narrowed to."""
    given = dict(locals())
    return {name: values for name in DIMENSIONS if (values := given[name]) is not None}


def _known_parameters(request: Request) -> None:
    """Raise BadInput for a parameter that is not known: misspelt, it would leave figures wider than was meant."""
    route = request.scope["route"]
    known = {p.alias for d in _all(route.dependant) for p in d.query_params}
    if unknown := [name for name in request.query_params if name not in known]:
        close = get_close_matches(unknown[0], known, 1)
        meant = f"did you mean {close[0]}? F" if close else "f"
        raise BadInput(
            f"there is no parameter {unknown[0][:40]!r}",
            hint=f"{meant}igures are narrowed by {', '.join(DIMENSIONS)}; see /api/v1/docs for the others",
        )


def _all(dependant: Dependant) -> list[Dependant]:
    below = dependant.dependencies
    return [dependant, *(d for one in below for d in _all(one))]


def names_of(given: Sequence[str] | None) -> tuple[str, ...]:
    """Return names that came separated by commas, as repeated parameters, or both."""
    return tuple(name for text in given or () for part in text.split(",") if (name := part.strip()))


def step_of(text: str) -> Step:
    """Return a step: seconds, a length like 15m, or a word of the calendar, which `cut` knows."""
    if not text:
        return None
    if text.isdecimal() and len(text) < 10:
        return int(text)
    nanoseconds = duration_ns(text)
    if nanoseconds is None:
        return text  # type: ignore[return-value] # not yet known to be one: `cut` refuses others
    if nanoseconds % _SECOND_NS:
        raise BadInput(f"step is {text[:40]!r}", hint="whole seconds, at least one")
    return nanoseconds // _SECOND_NS


def _form(
    form: Annotated[
        str, Query(alias="format", description="json, csv or parquet; without it, as Accept says.")
    ] = "",
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Form | None:
    """Return in which form of file to answer, None for JSON."""
    if form and form not in _MEDIA:
        raise BadInput(f"format is {form[:40]!r}", hint="json, csv or parquet")
    if form:
        return _MEDIA[form]
    wanted = (part.partition(";")[0].strip() for part in accept.split(","))
    return next((_MEDIA[kind] for kind in wanted if kind in _MEDIA), None)


UsageWindow = Annotated[Window, Depends(_window_of_usage)]
UsageWhere = Annotated[dict[str, Sequence[str]], Depends(_where)]
UsageForm = Annotated[Form | None, Depends(_form)]
KnownParameters = Depends(_known_parameters)
