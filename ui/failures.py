"""What a page answers when Dash, or a layout or callback of ours, fails: said to the reader and written to the log."""

import logging
import traceback
from typing import Final

from dash.exceptions import DependencyException, PreventUpdate
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.data import answers

log = logging.getLogger(__name__)

_CALLBACKS: Final = "/_dash-update-component"


class Failures:
    """Answers errors before Dash's own middleware does: that makes any of them a bare 500 and tells nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; where that fails and no answer has begun, say so."""
        has_begun = False

        async def send_noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except PreventUpdate:
            raise  # no failure: Dash answers that there is nothing new
        except Exception as error:
            if has_begun or scope["type"] != "http":
                raise
            await _answer(scope["path"], error)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Add the answers to the pages' app, innermost, once Dash has added its middleware."""
    app.user_middleware.append(Middleware(Failures))


def _answer(path: str, error: Exception) -> Response:
    if isinstance(error, DependencyException):
        return answers.refusal(404, "missing", "there is no such file")
    if path.endswith(_CALLBACKS) and not _is_ours(error):
        # Dash looks up what the request names without asking whether it is there.
        return answers.refusal(400, "input", "no page of ours asks for this: load the page again")
    log.error("the page at %s failed", path, exc_info=error)
    return answers.refusal(500, "error", "the page failed; the server's log says why")


def _is_ours(error: Exception) -> bool:
    """Tell whether an error was raised within a callback of ours, not while Dash read the request."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    modules = (str(frame.f_globals.get("__name__", "")) for frame in frames)
    return any(module.startswith("ui.") and module != __name__ for module in modules)
