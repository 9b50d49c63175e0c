"""Ask another server by HTTP: again while it is busy, within limits of time and size, with errors that quote no texts.

What is sent are people's texts, and servers like to repeat in their errors what they were sent. So an error tells the
server, the status and a short code at most.
"""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import orjson

from analytics.evaluators.contract import EvaluationFailed

_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
"""Statuses that may be others in a moment."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often a server is asked."""

    attempts: int = 4
    timeout_s: float = 30.0
    """For connecting, and between two pieces of the answer."""
    deadline_s: float = 120.0
    """For one attempt in all."""
    first_pause_s: float = 0.5
    """Before the second attempt; each further pause is twice as long."""
    longest_pause_s: float = 20.0
    """Also where the server asks for more."""
    most_bytes: int = 8 * 1024 * 1024
    """The largest answer."""


PATIENCE: Final = Patience()


class Refused(EvaluationFailed):
    """The server will not answer this request, however often it is sent."""

    def __init__(self, message: str, status: int, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        """What the server calls the error; '' where it has no plain word for it."""


def ask(
    client: httpx2.Client,
    request: Callable[[int], httpx2.Request],
    who: str,
    patience: Patience,
) -> Any:
    """Return the JSON that a server answers; `request` makes the request of each attempt, counted from 0.

    `who` names the server in errors: `the webhook at tone.example.com`. Raises EvaluationFailed, and Refused where the
    server says that the request is wrong.
    """
    reason = ""
    for attempt in range(patience.attempts):
        try:
            answer = _once(client, request(attempt), who, patience)
        except (httpx2.TransportError, _TooSlow) as error:
            reason = f"does not answer ({_named(error)})"
            pause = _pause(attempt, patience)
        else:
            if answer.status not in _BUSY:
                return _json(answer, who)
            reason = f"answers {answer.told}"
            pause = max(_pause(attempt, patience), min(answer.wait_s, patience.longest_pause_s))
        if attempt + 1 < patience.attempts:
            time.sleep(pause)
    times = "once" if patience.attempts == 1 else f"{patience.attempts} times"
    raise EvaluationFailed(f"{who} {reason}, asked {times}")


class _TooSlow(Exception):  # noqa: N818 - says what is the case
    """An answer took longer than an attempt may."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    wait_s: float

    @property
    def code(self) -> str:
        """What the server calls the error, if it is a plain word."""
        try:
            said = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return ""
        error = said.get("error") if isinstance(said, dict) else None
        words = (error.get("code"), error.get("type")) if isinstance(error, dict) else (error,)
        plain = (word for word in words if isinstance(word, str) and _CODE.fullmatch(word))
        return next(plain, "")

    @property
    def told(self) -> str:
        """The status, with the code in brackets."""
        return f"{self.status} ({self.code})" if self.code else str(self.status)


def _once(client: httpx2.Client, request: httpx2.Request, who: str, patience: Patience) -> _Answer:
    end = time.monotonic() + patience.deadline_s
    request.extensions["timeout"] = httpx2.Timeout(patience.timeout_s).as_dict()
    answer = client.send(request, stream=True, follow_redirects=False)
    try:
        body = bytearray()
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > patience.most_bytes:
                raise EvaluationFailed(f"{who} answers more than {patience.most_bytes:,} bytes")
            if time.monotonic() > end:
                raise _TooSlow
        return _Answer(answer.status_code, bytes(body), _wait_s(answer))
    finally:
        answer.close()


def _json(answer: _Answer, who: str) -> Any:
    if answer.status in (301, 302, 303, 307, 308):
        raise Refused(f"{who} sends elsewhere ({answer.status}): give its address", answer.status)
    if not 200 <= answer.status < 300:
        raise Refused(f"{who} answers {answer.told}", answer.status, answer.code)
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise EvaluationFailed(f"{who} answers no JSON") from error


def _wait_s(answer: httpx2.Response) -> float:
    """Return how long the server asks to wait; 0 where it says nothing, or a date."""
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else 0.0


def _pause(attempt: int, patience: Patience) -> float:
    """Return a pause that differs from that of others who ask the same server."""
    longest = min(patience.first_pause_s * 2.0**attempt, patience.longest_pause_s)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads requests, keeps no secret


def _named(error: Exception) -> str:
    """Return what kind of error it was, in words: the library's own text may hold the address with its secrets."""
    if isinstance(error, httpx2.TimeoutException | _TooSlow):
        return "too slow"
    if isinstance(error, httpx2.ConnectError):
        return "no connection"
    return type(error).__name__
