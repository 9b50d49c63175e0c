"""The fields of a form that a browser posts."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from storage.errors import BadInput

_MAX_BYTES: Final = 16 * 1024
"""Our largest form is a name and a password of 1,000 characters, each of up to 12 bytes once it is escaped."""
_TYPE: Final = "application/x-www-form-urlencoded"


async def fields_of(request: Request) -> Mapping[str, str]:
    """Return the fields of a posted form; of two with one name the last. Raises BadInput for anything else."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MAX_BYTES:
            raise BadInput("the form is too long", hint=f"at most {_MAX_BYTES:,} bytes")
    if not body:
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise BadInput("this is not a form", hint=f"send {_TYPE}")
    try:
        return dict(
            parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20, errors="strict")
        )
    except ValueError as error:
        raise BadInput("the form cannot be read", hint="it is not UTF-8") from error
