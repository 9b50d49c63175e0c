"""The door of the web side: finds out who asks before anything is answered.

*Open*, while the server listens on this machine alone and nobody has been set up: everybody is the local caller.
*Closed* otherwise: a session's cookie or an API key says who asks. A key counts in both. What is behind the door asks
`access.current()` for the rights of the caller that was found here.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api import errors
from server.api.cross_origin import FEEDBACK_PATH
from server.sign_in import pages
from server.sign_in.addresses import is_loopback_host
from server.sign_in.cross_origin import CrossOrigin, refuse_cross_origin
from server.sign_in.services import by_https
from server.sign_in.sessions import Sessions, Ticket
from storage.control.access import LOCAL, AccessDenied, Caller, Forbidden, NotSignedIn, enter
from storage.control.control import Control
from storage.control.database import ControlUnavailable

_HEALTH: Final = frozenset({"/healthz", "/readyz"})
"""Answered whoever asks, by whatever name: they tell nothing but that, and an orchestrator has no key."""

_PUBLIC: Final = frozenset({"/sign-in", "/sign-in/style.css", "/sign-in/theme.js", "/sign-out"})
_PUBLIC_BELOW: Final = ("/invite/", "/oidc/")
"""What those need who are not signed in yet."""

_HOST_HINT: Final = (
    "nobody has to sign in here yet, so only addresses of this machine are answered: use http://127.0.0.1, or set up "
    "sign-in by `groundwire admin create EMAIL`"
)


class ForeignHost(Forbidden):
    """Without sign-in, the request is for a name that is not this machine's: DNS may have been bent to lead here."""

    hint = _HOST_HINT


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is known of a request once it is let in."""

    caller: Caller | None = None
    renewal: Ticket | None = None
    """The session whose cookie should be issued again."""


class Gate:
    """Lets requests through to `app` with their caller entered, and answers those that may not pass."""

    def __init__(
        self,
        app: ASGIApp,
        control: Control,
        sessions: Sessions,
        *,
        is_loopback: bool,
        public_host: str = "",
    ) -> None:
        """`is_loopback`: only this machine can reach the port. `public_host`: host and port that browsers see."""
        self._app = app
        self._control = control
        self._sessions = sessions
        self._is_loopback = is_loopback
        self._public_host = public_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] == "websocket":
            # Nothing here speaks it, and it would come in without any of the checks below.
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http" or scope["path"] in _HEALTH:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            entry = await self._admit(request)
        except (AccessDenied, ControlUnavailable) as error:
            await (await _refusal(request, error))(scope, receive, send)
            return
        if entry.caller:
            enter(entry.caller)
        await self._app(scope, receive, self._renewing(request, entry, send))

    async def _admit(self, request: Request) -> _Entry:
        """Return who asks. Raises AccessDenied and ControlUnavailable."""
        is_open = self._is_loopback and await self._is_open()
        if is_open and not is_loopback_host(request.headers.get("host", "")):
            raise ForeignHost("this server is not known by that name")
        if _is_public(request):
            refuse_cross_origin(request, self._public_host)
            return _Entry()
        if key := _bearer(request):
            return _Entry(await self._of_key(request, key))
        refuse_cross_origin(request, self._public_host)
        if ticket := self._sessions.read(request):
            return await self._of_session(ticket)
        if is_open:
            return _Entry(LOCAL)
        raise NotSignedIn("nobody is signed in")

    async def _is_open(self) -> bool:
        """Tell whether nobody has been set up; a thread is not woken for what is known."""
        known = self._control.known_open()
        return await run_in_threadpool(self._control.is_open) if known is None else known

    async def _of_key(self, request: Request, key: str) -> Caller:
        caller = await self._key_caller(key)
        if caller.kind == "page" and (request.method, _path(request)) != ("POST", FEEDBACK_PATH):
            raise Forbidden("a publishable key gives feedback and does nothing else")
        return caller

    async def _key_caller(self, key: str) -> Caller:
        caller = self._control.keys.seen(key)
        if caller is None:
            caller = await run_in_threadpool(self._control.keys.caller, key)
        return caller

    async def _of_session(self, ticket: Ticket) -> _Entry:
        caller = self._sessions.seen(ticket)
        if caller is None:
            caller = await run_in_threadpool(self._sessions.caller, ticket)
        return _Entry(caller, ticket if self._sessions.is_due(ticket) else None)

    def _renewing(self, request: Request, entry: _Entry, send: Send) -> Send:
        """Return a `send` that issues the session's cookie again where it is due."""
        ticket = entry.renewal
        if ticket is None:
            return send

        async def send_renewing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # A session that was just begun or ended goes first.
                if "set-cookie" not in headers:
                    headers.append(
                        "set-cookie", self._sessions.cookie(ticket, secure=by_https(request))
                    )
            await send(message)

        return send_renewing


def _path(request: Request) -> str:
    """Return the path by which the request finds its app: that of its URL is read anew from Host and path together."""
    path: str = request.scope["path"]
    return path


def _is_public(request: Request) -> bool:
    path = _path(request)
    if path in _PUBLIC or path.startswith(_PUBLIC_BELOW):
        return True
    # A browser asks before it sends a key to another origin, and does not send the key with that (Fetch, 4.8).
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers


def _bearer(request: Request) -> str:
    """Return the token of the `Authorization` header (RFC 6750, 2.1), '' without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _refusal(request: Request, error: Exception) -> Response:
    """Return the answer to a request that may not pass: a page to those who look, an error to programs."""
    is_page = "text/html" in request.headers.get("accept", "") and not _path(request).startswith(
        "/api/"
    )
    if is_page:
        return _page(request, error)
    if isinstance(error, ControlUnavailable):
        return errors.answer(503, "store_unavailable", str(error), "try again in a moment")
    if isinstance(error, ForeignHost | CrossOrigin):
        return errors.answer(403, "forbidden", str(error), error.hint)
    return await errors.of_access(request, error)


def _page(request: Request, error: Exception) -> Response:
    if isinstance(error, NotSignedIn):
        return pages.go(f"/sign-in?next={quote(_here(request), safe='')}")
    if isinstance(error, ControlUnavailable):
        return pages.message(
            "Groundwire cannot look up who you are", error, 503, {_here(request): "Try again"}
        )
    return pages.message("This request is refused", error, 403)


def _here(request: Request) -> str:
    """Return the page that was asked for, to come back to; the home page for what was to change something."""
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
