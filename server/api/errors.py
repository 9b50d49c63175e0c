"""Every error of the API as {"error": {"code", "message", "hint"}}, whatever went wrong."""

import logging
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from storage.control.access import AccessDenied, NotSignedIn
from storage.errors import BadInput, QueryTimeout, StorageError, StoreUnavailable, TooMuchData

log = logging.getLogger(__name__)


class ErrorBody(BaseModel):
    """What went wrong and what to do about it. `column` points into a filter, counted from 1."""

    code: str
    message: str
    hint: str
    column: int | None = None


class ErrorAnswer(BaseModel):
    """Every answer with a status of 400 or more."""

    error: ErrorBody


class NotFound(Exception):  # noqa: N818 - says what is the case
    """The project has no such trace, span or session."""


DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    400: {
        "model": ErrorAnswer,
        "description": "The question is wrong; the error says what to mend.",
    },
    401: {"model": ErrorAnswer, "description": "Nobody is signed in, or the API key is not valid."},
    403: {
        "model": ErrorAnswer,
        "description": "The caller may not do this, or not in this project.",
    },
    404: {"model": ErrorAnswer, "description": "There is no such thing in the project."},
    503: {"model": ErrorAnswer, "description": "The store is away; try again."},
    504: {"model": ErrorAnswer, "description": "The question took too long; ask for less."},
}

_CODES: Final[dict[type[Exception], tuple[int, str, str]]] = {
    BadInput: (400, "bad_input", ""),
    TooMuchData: (400, "too_much_data", "ask for a shorter window or add a filter"),
    StoreUnavailable: (503, "store_unavailable", "try again in a moment"),
    QueryTimeout: (504, "timeout", "ask for a shorter window or add a filter"),
    StorageError: (503, "store_error", "try again in a moment"),
}


_SIGN_IN: Final = "sign in, or send an API key: `Authorization: Bearer gw_...`"
_GRANT: Final = (
    "docs/reference/access.md says which role or key scope may; a project's admin grants them"
)


def answer(
    status: int, code: str, message: str, hint: str = "", column: int | None = None
) -> JSONResponse:
    """Return an error as the API words it."""
    body: dict[str, Any] = {"code": code, "message": message, "hint": hint}
    if column is not None:
        body["column"] = column
    return JSONResponse({"error": body}, status, _HEADERS.get(status))


_HEADERS: Final = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}


def install(app: FastAPI) -> None:
    """Make an app word its errors so."""
    app.add_exception_handler(StorageError, _of_storage)
    app.add_exception_handler(AccessDenied, of_access)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _unexpected)


async def _of_storage(request: Request, error: Exception) -> JSONResponse:
    status, code, hint = next(c for kind, c in _CODES.items() if isinstance(error, kind))
    if status >= 500:
        log.warning("%s: %s", request.url.path, error)
    given = error if isinstance(error, BadInput) else None
    return answer(
        status, code, str(error), given.hint if given else hint, given.column if given else None
    )


async def of_access(_: Request, error: Exception) -> JSONResponse:
    """Answer who is not known with 401, and who may not do this with 403."""
    if isinstance(error, NotSignedIn):
        return answer(401, "not_signed_in", str(error), _SIGN_IN)
    return answer(403, "forbidden", str(error), _GRANT)


async def _not_found(_: Request, error: Exception) -> JSONResponse:
    return answer(404, "not_found", str(error), "ids are per project: is it the right one?")


async def _of_validation(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    name = str(first["loc"][-1])
    return answer(
        400, "bad_input", f"{name}: {first['msg'].lower()}", f"see the documentation of {name}"
    )


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    message = (
        f"there is nothing at {request.url.path}"
        if error.status_code == 404
        else f"{error.detail} at {request.url.path}"
    )
    return answer(error.status_code, code, message, "see /api/v1/docs")


async def _unexpected(request: Request, _: Exception) -> JSONResponse:
    # The server logs the error itself; its text may quote data, so it is not sent.
    return answer(
        500,
        "internal",
        f"{request.url.path} failed",
        "this is a defect; the server's log says more",
    )
