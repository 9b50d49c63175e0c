"""Where a request came from and where its answer may send the browser."""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

HOME: Final = "/"
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_ENTRANCES: Final = ("/sign-in", "/sign-out", "/oidc/")


def own_path(text: str) -> str:
    """Return `text` if it is a path of this server with its query, else the home page.

    Whoever makes up a link to the sign-in page chooses what `next` says. Browsers drop tabs and line ends from
    addresses and take a backslash for a slash (WHATWG URL, 4.4), so such paths may lead elsewhere as `//evil` does.
    """
    if not text.startswith("/") or text.startswith("//") or "\\" in text:
        return HOME
    if any(ord(character) <= 32 or ord(character) == 127 for character in text):
        return HOME
    return HOME if text.startswith(_ENTRANCES) else text


def host_of(address: str) -> str:
    """Return the host's name in a `Host` header, without its port; an IPv6 address without brackets."""
    try:
        return urlsplit(f"//{address}").hostname or ""
    except ValueError:
        return ""


def is_loopback_host(address: str) -> bool:
    """Tell whether a `Host` header names this machine itself."""
    return host_of(address) in LOOPBACK_NAMES


def client_of(connection: HTTPConnection) -> str:
    """Return the network address of the client: what limits of attempts are counted by."""
    return connection.client.host if connection.client else ""


class BehindProxy:
    """Takes scheme and client from what a trusted proxy says of them.

    Of each header the last entry counts: it is the one that the proxy wrote itself; those before it came from the
    client, who can write what it likes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as the proxy saw it."""
        if scope["type"] == "http":
            headers = HTTPConnection(scope).headers
            scheme = _last(headers.getlist("x-forwarded-proto")).lower()
            client = _last(headers.getlist("x-forwarded-for"))
            if scheme in ("http", "https"):
                scope = {**scope, "scheme": scheme}
            if client:
                scope = {**scope, "client": (client, 0)}
        await self._app(scope, receive, send)


def _last(values: list[str]) -> str:
    return values[-1].rpartition(",")[2].strip() if values else ""
