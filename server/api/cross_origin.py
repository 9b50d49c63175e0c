"""The one thing that pages of other origins may do: give feedback with a publishable key.

Without this a browser would not let them send the key (Fetch, section 3.3). Cookies do not travel along: credentials
are not allowed. All other routes, and reading, stay closed to them: no headers, no permission.
"""

from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

FEEDBACK_PATH: Final = "/api/v1/evaluations"

_METHODS: Final = ("POST", "OPTIONS")
_REMEMBER_S: Final = 3600
"""How long a browser need not ask again."""


class FeedbackFromPages:
    """Lets pages of any origin POST to FEEDBACK_PATH, with an API key in the header `Authorization`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._shared = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["POST"],
            allow_headers=["Authorization", "Content-Type"],
            allow_credentials=False,
            max_age=_REMEMBER_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser's question, or hand the request on."""
        shared = (
            scope["type"] == "http"
            and scope["path"] == FEEDBACK_PATH
            and scope["method"] in _METHODS
        )
        await (self._shared if shared else self._app)(scope, receive, send)
