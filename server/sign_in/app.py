"""Put the sign-in pages together."""

import logging
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.sign_in.account import AccountPages
from server.sign_in.invitation import InvitationPage
from server.sign_in.pages import asset_routes, message
from server.sign_in.password import PasswordPages
from server.sign_in.services import SignIn
from storage.control.access import AccessDenied
from storage.errors import BadInput, StorageError

log = logging.getLogger(__name__)

_PATHS: Final = frozenset({"sign-in", "sign-out", "invite", "oidc", "account", "set-up"})
"""First parts of the paths of these pages."""

_HOME: Final = {"/": "Go to Groundwire"}


def is_sign_in(path: str) -> bool:
    """Tell whether a path is one of the sign-in pages'."""
    return path.removeprefix("/").partition("/")[0] in _PATHS


def create_sign_in(parts: SignIn) -> Starlette:
    """Return the app that answers under /sign-in, /sign-out, /invite, /oidc, /account and /set-up."""
    routes = [
        *asset_routes(),
        *PasswordPages(parts).routes(),
        *InvitationPage(parts).routes(),
        *AccountPages(parts).routes(),
    ]
    if parts.provider:
        from server.sign_in.oidc import OidcPages  # noqa: PLC0415 - most servers need none of its libraries

        routes += OidcPages(parts, parts.provider).routes()
    return Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: _of_http,
            StorageError: _of_storage,
            AccessDenied: _of_access,
        },
    )


async def _of_http(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    said = {404: "there is nothing here", 405: "this cannot be done here"}
    problem = BadInput(said.get(error.status_code, error.detail))
    return message("No such page", problem, error.status_code, _HOME)


async def _of_storage(_: Request, error: Exception) -> Response:
    if isinstance(error, BadInput):
        return message("This cannot be done", error, 400, _HOME)
    # Not the path: that of an invitation is its secret.
    log.warning("a sign-in page could not be answered: %s", error)
    response = message("Groundwire is not ready", error, 503, _HOME)
    response.headers["Retry-After"] = "1"
    return response


async def _of_access(_: Request, error: Exception) -> Response:
    return message("This may not be done", error, 403, _HOME)
