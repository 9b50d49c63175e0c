"""Find out who sends, and into which project: asked before a body is read.

Open, while only this machine reaches the receivers and nobody has been set up: a request without a key goes into the
project that its header names. Closed: the API key decides. A key that comes along counts in both.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from collector.errors import BadProject, Denied, KeysAway, Unauthenticated
from storage.control.access import DEFAULT, Caller, Forbidden, NotSignedIn, Permission
from storage.control.control import Control
from storage.control.database import ControlUnavailable
from storage.control.projects import ensure_project

PROJECT_HEADER: Final = "x-groundwire-project"

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_BEARER: Final = re.compile(r"bearer +([!-~]+) *", re.IGNORECASE)
_LOOPBACK: Final = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)

_MAKE_ONE: Final = "An admin of the project makes one."
_SEND_A_KEY: Final = f"Send an API key: authorization: Bearer gw_... {_MAKE_ONE}"

# Senders try a few times within ten seconds.
_AFTER_AWAY_S: Final = 2.0


class Door:
    """Decides for every request that sends data. Its methods may be called from any thread."""

    def __init__(self, control: Control, *, is_loopback: bool) -> None:
        """`is_loopback`: only this machine reaches the receivers. Elsewhere the door is never open."""
        self._control = control
        self._is_loopback = is_loopback

    def project(self, headers: Mapping[str, str]) -> str:
        """Return the project that a request goes into, from its HTTP headers or gRPC metadata.

        May ask the control database. Raises BadProject, Unauthenticated, Denied and KeysAway.
        """
        project = self._project(headers, self._control.keys.caller, self._without_key)
        assert project is not None  # noqa: S101 - for the type checker: both of them wait
        return project

    def project_at_once(self, headers: Mapping[str, str]) -> str | None:
        """Do the same from memory; None where the control database has to be asked."""
        return self._project(headers, self._control.keys.seen, self._without_key_at_once)

    def _project(
        self,
        headers: Mapping[str, str],
        find: Callable[[str], Caller | None],
        without_key: Callable[[str], str | None],
    ) -> str | None:
        named = _named(headers)
        credentials = headers.get("authorization")
        try:
            if credentials is not None:
                caller = find(_key(credentials))
                return None if caller is None else _of_key(caller, named)
            _refuse_rebound(headers)
            return without_key(named or DEFAULT)
        except NotSignedIn as error:
            raise Unauthenticated(f"{error}. {_MAKE_ONE}") from error
        except ControlUnavailable as error:
            raise KeysAway(_AFTER_AWAY_S) from error

    def _without_key(self, project: str) -> str:
        if not (self._is_loopback and self._control.is_open()):
            raise Unauthenticated(_SEND_A_KEY)
        ensure_project(self._control.database, project)
        return project

    def _without_key_at_once(self, project: str) -> str | None:
        database = self._control.database
        # A file of this machine answers at once, unless there is something to write.
        if not database.is_sqlite or project not in database.projects_seen:
            return None
        return self._without_key(project)


def _named(headers: Mapping[str, str]) -> str:
    """Return the project that a request names, '' if it names none. Raises BadProject."""
    name = headers.get(PROJECT_HEADER)
    if name is None:
        return ""
    if not _SLUG.fullmatch(name):
        raise BadProject(
            f"The {PROJECT_HEADER} header must be 1 to 63 characters of a-z, 0-9, '-' and '_',"
            " beginning with a letter or digit."
        )
    return name


def _key(credentials: str) -> str:
    """Return the key in an authorization header. Raises Unauthenticated for credentials of another kind."""
    match = _BEARER.fullmatch(credentials)
    if match is None:
        raise Unauthenticated(_SEND_A_KEY)
    return match[1]


def _of_key(caller: Caller, named: str) -> str:
    """Return the project that a key sends into. Raises Denied, which tells nothing of other projects."""
    project = named or caller.home()
    try:
        caller.scope(Permission.INGEST, project)
    except Forbidden as error:
        raise Denied(
            "This API key may not send data: it has no scope `ingest`."
            if project in caller.grants
            else f"This API key is not one of the project that {PROJECT_HEADER} names."
        ) from error
    return project


def _refuse_rebound(headers: Mapping[str, str]) -> None:
    """Raise Denied for a web page that reached this machine under another name than its own.

    A page can have its own name resolve to 127.0.0.1 (DNS rebinding) and is then of our origin; but the browser says so
    in `Host`. What is no browser's sends no `Origin`, and may call this machine as it likes.
    """
    if "origin" in headers and not _LOOPBACK.fullmatch(headers.get("host", "")):
        raise Denied(f"A web page at a name that is not this machine's needs a key. {_SEND_A_KEY}")
