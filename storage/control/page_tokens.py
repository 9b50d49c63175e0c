"""Publishable keys: tokens for browsers, signed by the server and not kept anywhere."""

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from storage.control.access import NotSignedIn
from storage.errors import BadInput

PAGE_PREFIX: Final = "gwp_"

MAX_TTL: Final = timedelta(hours=24)
"""The longest that a token works: whoever sees the page can copy it."""

_MAX_LENGTH: Final = 500
"""Characters of a token; ours have about 150."""

_MAX_TRACE_ID: Final = 32


@dataclass(frozen=True, slots=True)
class PageToken:
    """What a token says."""

    key_id: str
    """The key that it was made with. It decides the project, and the token works only while the key does."""
    trace_id: str
    """The one trace that it is for; empty: any of the project."""


class PageTokens:
    """Makes and reads tokens, signed with the server's secret (HMAC-SHA256, a salt of their own)."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(
            secret,
            salt="groundwire.publishable",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def made(self, key_id: str, *, ttl: timedelta, trace_id: str) -> str:
        """Return a token that works for `ttl`. Raises BadInput."""
        if not timedelta() < ttl <= MAX_TTL:
            raise BadInput(
                "a publishable key works for more than nothing and at most 24 hours",
                hint="make another one in time",
            )
        if len(trace_id) > _MAX_TRACE_ID:
            raise BadInput("this is no trace id", hint="it has 32 hexadecimal digits")
        ends_at = int(time.time() + ttl.total_seconds())
        return f"{PAGE_PREFIX}{self._serializer.dumps([key_id, ends_at, trace_id])}"

    def read(self, shown: str) -> PageToken:
        """Return what a token says. Raises NotSignedIn for one that we did not make, or that has ended."""
        if len(shown) > _MAX_LENGTH:
            raise _wrong()
        try:
            key_id, ends_at, trace_id = self._serializer.loads(shown.removeprefix(PAGE_PREFIX))
        except BadData:
            raise _wrong() from None
        if ends_at <= time.time():
            raise _wrong()
        return PageToken(key_id, trace_id)


def _wrong() -> NotSignedIn:
    return NotSignedIn("this publishable key is not valid: it is wrong or has ended")
