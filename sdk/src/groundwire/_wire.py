"""One OTLP/HTTP address: post a request, say what became of it.

Which answers may be tried again is the OTLP specification's to say ("Failures", v1.11):
429, 502, 503 and 504, and connections that fail.
"""

import gzip
import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import requests
from google.rpc.status_pb2 import Status
from urllib3.exceptions import NameResolutionError, NewConnectionError, ProtocolError

_TIMEOUT_S: Final = (3.0, 10.0)  # to connect, to read
_RETRYABLE: Final = frozenset({429, 502, 503, 504})
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_LONGEST_WAIT_S: Final = 60.0
_LONGEST_REASON: Final = 300


Verdict = Literal["stored", "later", "too_large", "refused"]


@dataclass(frozen=True)
class Answer:
    """What became of a request."""

    verdict: Verdict
    reason: str = ""
    """Why, in one of few wordings."""
    said: str = ""
    """Why, in the server's own words."""
    wait_s: float | None = None
    """How long the server asks to wait, where it does."""
    rejected: int = 0
    """How many items of a request that was stored were not taken."""


class Wire:
    """Posts to one address. Used by one thread at a time."""

    def __init__(self, url: str, headers: Mapping[str, str], response: type[Any]) -> None:
        """`response` is the protobuf class of the answer to a success."""
        self._url = url
        self._response = response
        self._headers = {"content-type": "application/x-protobuf", **headers}
        # Compression costs the app's processor and saves nothing on the way to the same machine.
        self._compresses = urlsplit(url).hostname not in _LOOPBACK
        if self._compresses:
            self._headers["content-encoding"] = "gzip"
        self._session = self._opened()

    @property
    def origin(self) -> str:
        """The server, for people to read; without a user's name and password, which a URL may hold."""
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def after_fork(self) -> None:
        """Leave the parent's connections to the parent."""
        self._session = self._opened()

    def _opened(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = self._compresses  # a proxy is not on the way to the same machine
        session.auth = _as_it_is
        return session

    def close(self) -> None:
        """Close connections while the interpreter is whole: urllib3's finalizers complain when it is half gone."""
        self._session.close()

    def send(self, body: bytes) -> Answer:
        """Post a serialised request. Raises nothing that the network can cause."""
        data = gzip.compress(body, compresslevel=1) if self._compresses else body
        try:
            answer = self._session.post(
                self._url, data, headers=self._headers, timeout=_TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as error:
            # Those that are ValueErrors are about the address or a header: no later try will do better.
            verdict: Verdict = "refused" if isinstance(error, ValueError) else "later"
            return Answer(verdict, _trouble(error))
        return self._read(answer)

    def _read(self, answer: requests.Response) -> Answer:
        status = answer.status_code
        if 200 <= status < 300:
            return self._stored(answer.content)
        reason = f"status {status}"
        if status in _RETRYABLE:
            return Answer("later", reason, wait_s=_retry_after(answer.headers.get("retry-after")))
        if status == 413:
            return Answer("too_large", reason)
        return Answer("refused", reason + _advice(status), said=_said(answer))

    def _stored(self, content: bytes) -> Answer:
        message = self._response()
        try:
            message.ParseFromString(content)
        except Exception as error:  # noqa: BLE001 - protobuf's class of error is private to its implementation
            return Answer("stored", reason=f"an answer that is not OTLP ({type(error).__name__})")
        partial = message.partial_success
        rejected = next((value for field, value in partial.ListFields() if field.number == 1), 0)
        return Answer("stored", rejected=rejected, said=partial.error_message[:_LONGEST_REASON])


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep the header with the API key: without an `auth`, requests puts what ~/.netrc has for the host there."""
    return request


def _advice(status: int) -> str:
    """Say what to mend where a status tells it."""
    if status == 401:
        return ": set GROUNDWIRE_API_KEY to a key with scope ingest"
    if status == 403:
        return ": GROUNDWIRE_API_KEY must be a key with scope ingest, and GROUNDWIRE_PROJECT its project or unset"
    if status in {404, 405}:
        return ": no OTLP there; GROUNDWIRE_ENDPOINT is the address for OTLP over HTTP, by default port 4318"
    return ""


def _said(answer: requests.Response) -> str:
    """Return the message of an error in the shape that OTLP asks for, google.rpc.Status; else nothing."""
    if not answer.headers.get("content-type", "").startswith("application/x-protobuf"):
        return ""
    try:
        message: str = Status.FromString(answer.content).message
    except Exception:  # noqa: BLE001 - as above; the status is told anyway
        return ""
    return message[:_LONGEST_REASON]


def _trouble(error: requests.RequestException) -> str:
    """Say why there was no answer, as far as the kinds of errors tell: their texts are long, and hold addresses."""
    if isinstance(error, requests.exceptions.SSLError):
        return "no TLS: http is spoken there, or its certificate is not trusted"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    inner = error.args[0] if error.args else None
    inner = getattr(inner, "reason", None) or inner
    if isinstance(inner, NameResolutionError):
        return "no such host"
    if isinstance(inner, NewConnectionError):
        return "no connection"
    if isinstance(inner, ProtocolError):
        return "it hung up; OTLP over HTTP has port 4318 by default, 4317 is for gRPC"
    return type(error).__name__


def _retry_after(text: str | None) -> float | None:
    """Read `Retry-After`, seconds or a date (RFC 9110, 10.2.3); no longer than a minute."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time()
        except ValueError:
            return None
    return min(max(seconds, 0.0), _LONGEST_WAIT_S) if math.isfinite(seconds) else None
