"""Answers of the data endpoints: JSON by orjson, and errors that a page can show in place."""

from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from starlette.responses import Response

from storage.control.access import AccessDenied, NotSignedIn
from storage.errors import BadInput, QueryTimeout, StorageError, StoreUnavailable, TooMuchData

_STATUS: Final[dict[type[Exception], tuple[int, str]]] = {
    NotSignedIn: (401, "sign_in"),
    AccessDenied: (403, "forbidden"),
    BadInput: (400, "input"),
    QueryTimeout: (504, "timeout"),
    TooMuchData: (413, "too_much"),
    StoreUnavailable: (503, "unavailable"),
}


def json(value: Any) -> Response:
    """Return a JSON answer that is never cached: the same question has another answer a moment later."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    body = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    return Response(body, media_type="application/json", headers=headers)


def problem(error: StorageError | AccessDenied) -> dict[str, Any]:
    """Return what a page says of a failed question: the message, what to do, the place in the filter."""
    kind = next((word for cls, (_, word) in _STATUS.items() if isinstance(error, cls)), "error")
    hint = error.hint if isinstance(error, BadInput) else _ADVICE.get(kind, "")
    column = error.column if isinstance(error, BadInput) else None
    return {"kind": kind, "message": str(error), "hint": hint, "column": column}


_ADVICE: Final = {
    "sign_in": "Load the page again to sign in.",
    "forbidden": "Choose another project, or ask one of its admins to make you a member.",
    "timeout": "Choose a shorter time range or add a filter.",
    "too_much": "Choose a shorter time range or add a filter.",
    "unavailable": "The store does not answer; this page goes on trying.",
}


def refusal(status: int, kind: str, message: str) -> Response:
    """Return a `problem` as an answer."""
    reply = json({"kind": kind, "message": message, "hint": _ADVICE.get(kind, ""), "column": None})
    reply.status_code = status
    return reply


def install_errors(app: FastAPI) -> None:
    """Answer every error that an endpoint raises on purpose with its status and a `problem`."""

    async def answer(_: Request, error: Exception) -> Response:
        if not isinstance(error, StorageError | AccessDenied):
            raise error
        status = next((code for cls, (code, _) in _STATUS.items() if isinstance(error, cls)), 500)
        reply = json(problem(error))
        reply.status_code = status
        return reply

    app.add_exception_handler(StorageError, answer)
    app.add_exception_handler(AccessDenied, answer)
