"""Headers that make the browser refuse what hostile span text might try."""

from collections.abc import Callable, Sequence
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY: Final = (
    "default-src 'self'; "
    "script-src 'self' {scripts}; "
    # Components size themselves by style attributes; a style cannot run anything.
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class SecurityHeaders:
    """Adds a content security policy: no script but our own, no request to another host, no frame around the page."""

    def __init__(self, app: ASGIApp, *, inline_scripts: Callable[[], Sequence[str]]) -> None:
        """`inline_scripts` tells the hashes of the scripts in Dash's page; it adds some at first use."""
        self.app = app
        self.inline_scripts = inline_scripts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and add the headers to its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    scripts = " ".join(self.inline_scripts())
                    headers["Content-Security-Policy"] = _POLICY.format(scripts=scripts)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self.app(scope, receive, send_with_headers)
