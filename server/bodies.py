"""How large the body of a request to the web port may be."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

MAX_BODY: Final = 20 * 1024 * 1024
"""Bytes: above the largest that a route takes, a full batch of evaluations. Routes that take less say so themselves."""


def limited(receive: Receive) -> Receive:
    """Return a `receive` that raises HTTPException (413) once a body is too large.

    The frameworks behind it gather a body whole before they look at it, so whoever may call any route at all could
    otherwise fill the memory.
    """
    size = 0

    async def receive_some() -> Message:
        nonlocal size
        message = await receive()
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            if size > MAX_BODY:
                raise HTTPException(413, f"The body is larger than {MAX_BODY} bytes")
        return message

    return receive_some
