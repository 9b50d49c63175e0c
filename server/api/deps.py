"""What every endpoint needs of a request: the engine, the project, the window, the page."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Header, Query, Request

from storage.client import Engine
from storage.control.access import Permission, current
from storage.counts import LiveCounters
from storage.errors import BadInput
from storage.literals import time_ns
from storage.page import MAX_LIMIT
from storage.scope import Scope
from storage.window import Window, from_unix_nano

_MAX_NAME: Final = 256
_FUTURE: Final = timedelta(days=1)
"""Where a window without an end ends: spans may be a day ahead of our clock."""

_TIME_DOC: Final = "RFC 3339, unix seconds, ms, us or ns, `now`, or a time ago like `-1h`."


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _counters(request: Request) -> LiveCounters:
    counters: LiveCounters = request.app.state.counters
    return counters


async def known_caller() -> None:
    """Return if the door found out who asks, for routes that ask for no permission. Raises NotSignedIn."""
    current()


async def _project(
    header: Annotated[
        str, Header(alias="x-groundwire-project", description="The project that is meant.")
    ] = "",
    project: Annotated[
        str, Query(description="The project that is meant, where no header can be set.")
    ] = "",
) -> str:
    """Return the project that a request means: the one place where that is chosen."""
    if header and project and header != project:
        raise BadInput(
            "the header x-groundwire-project and the parameter project name two projects",
            hint="name one",
        )
    name = header or project or current().home()
    if len(name) > _MAX_NAME:
        raise BadInput("the project's name is too long", hint=f"at most {_MAX_NAME} characters")
    return name


async def _reading(project: Annotated[str, Depends(_project)]) -> Scope:
    """Return the right to read the project that a request means."""
    return current().scope(Permission.READ, project)


def _window(
    start: Annotated[str, Query(description=f"Start, included. {_TIME_DOC}")] = "",
    end: Annotated[str, Query(description=f"End, excluded. {_TIME_DOC}")] = "",
) -> Window | None:
    """Return the window asked for, None where none is: then any time counts."""
    if not start and not end:
        return None
    now = datetime.now(UTC)
    return Window(
        from_unix_nano(_time("start", start, now) if start else 0),
        from_unix_nano(_time("end", end, now)) if end else now + _FUTURE,
    )


def time_of(name: str, text: str) -> datetime:
    """Return the time that a parameter names. Raises BadInput that says which, if it is none."""
    return from_unix_nano(_time(name, text, datetime.now(UTC)))


def _time(name: str, text: str, now: datetime) -> int:
    # A `+` of an offset arrives as a space where it was not escaped.
    try:
        nanoseconds = time_ns(text.strip().replace(" ", "+") if "T" in text else text, now=now)
    except BadInput as error:
        raise BadInput(f"{name}: {error}", hint=error.hint) from error
    return nanoseconds


EngineDep = Annotated[Engine, Depends(_engine)]
CountersDep = Annotated[LiveCounters, Depends(_counters)]
ProjectDep = Annotated[str, Depends(_project)]
"""The project meant. Nothing is known yet of what the caller may do in it: ask `current().scope(...)`."""
ScopeDep = Annotated[Scope, Depends(_reading)]
"""The right to read that project."""
WindowDep = Annotated[Window | None, Depends(_window)]
Search = Annotated[
    str,
    Query(alias="q", description='Words that a text of the trace holds, `"a phrase"`, or an id.'),
]
Filter = Annotated[
    str, Query(alias="filter", description='For example `model = "gpt-4o" and duration > 5s`.')
]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows of a page.")]
Cursor = Annotated[str, Query(description="`next_cursor` of the page before.")]
