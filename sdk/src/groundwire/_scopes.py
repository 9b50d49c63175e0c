"""Leaving a context that was attached, wherever that happens."""

from contextvars import Token
from typing import Any


def restored(token: "Token[Any]") -> bool:
    """Put back the context from before `attach`; False where that is no longer possible.

    A generator may be closed in another task or thread than it began in. There the context it
    attached is not current, so nothing need be put back. OpenTelemetry's `detach` logs that with a
    traceback, at every such close.
    """
    try:
        token.var.reset(token)
    except (ValueError, RuntimeError):  # of another context; used already
        return False
    return True
