"""One request to the REST API: with the key, a time limit, and patience for a server that is busy."""

import http.client
import itertools
import json
import random
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from groundwire.read.errors import BadQuestion, NotAllowed, NotFound, ReadError, Unavailable

_TRY_AGAIN: Final = (429, 503)
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 60.0
_KINDS: Final[dict[int, type[ReadError]]] = {401: NotAllowed, 403: NotAllowed, 404: NotFound}


class Api:
    """Asks one server, as one project's reader. Safe to use from several threads."""

    def __init__(
        self, url: str, *, api_key: str, project: str, timeout_s: float, retries: int
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"{url!r} is no address of a server: write http://host:port")
        self.url = url.rstrip("/")
        self._base = self.url + "/api/v1"
        self._headers = {"accept": "application/json", "user-agent": "groundwire-read"}
        if api_key:
            self._headers["authorization"] = f"Bearer {api_key}"
        if project:
            self._headers["x-groundwire-project"] = project
        self._timeout_s = timeout_s
        self._retries = retries
        self._opener = urllib.request.build_opener(_NoRedirects)

    def get(self, path: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON at a path. Parameters that are None or '' are left out. Raises ReadError."""
        given = {k: v for k, v in parameters.items() if v is not None and v != ""}
        asked = urlencode(given, doseq=True)
        return self._patiently(f"{path}?{asked}" if asked else path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send JSON that may safely be sent twice; return the JSON that answers. Raises ReadError."""
        return self._patiently(path, json.dumps(body).encode())

    def _patiently(self, path: str, body: bytes | None) -> dict[str, Any]:
        for attempt in itertools.count():
            try:
                return self._ask(path, body)
            except _Busy as busy:  # noqa: PERF203 - each attempt is a request
                if attempt == self._retries:
                    raise Unavailable(str(busy)) from busy.__cause__
                time.sleep(busy.wait_s if busy.wait_s is not None else _backoff_s(attempt))
        raise AssertionError("the loop ends by returning or raising")

    def _ask(self, path: str, body: bytes | None) -> dict[str, Any]:
        headers = self._headers | ({"content-type": "application/json"} if body else {})
        request = urllib.request.Request(self._base + path, body, headers)  # noqa: S310 - checked above
        try:
            with self._opener.open(request, timeout=self._timeout_s) as answer:
                said = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise _Busy(f"{self._base} does not answer: {reason}") from error
        return _object(said, self._base)


class _Busy(Exception):  # noqa: N818 - says what is the case
    """The question may be asked again, after `wait_s` where the server said so."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: urllib would send the key along to whatever host it names."""

    def redirect_request(self, *_: Any) -> None:
        """Return no request, so that the redirect is an error."""


def _refusal(error: urllib.error.HTTPError) -> Exception:
    """Return what an answer with a status of 300 or more means for the caller."""
    said = _said(error)
    message = said.get("message") or f"the server answered {error.code} {error.reason}"
    if error.code == 404 and not said:
        message += (
            ": GROUNDWIRE_API_URL is the address of the pages and the API, by default port 4319"
        )
    if hint := said.get("hint"):
        message = f"{message} ({hint})"
    if error.code == 401:
        message += (
            "; the key is the argument `api_key` or GROUNDWIRE_API_KEY, and needs the scope `read`"
        )
    if error.code in _TRY_AGAIN:
        return _Busy(message, _wait_s(error.headers.get("retry-after", "")))
    if error.code == 400:
        return BadQuestion(message, said.get("column"))
    if error.code >= 500:
        return Unavailable(message)
    return _KINDS.get(error.code, ReadError)(message)


def _said(error: urllib.error.HTTPError) -> dict[str, Any]:
    """Return the API's own words; none where something in between answered."""
    try:
        said = json.loads(error.read())["error"]
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return {}
    return said if isinstance(said, dict) else {}


def _object(body: bytes, base: str) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise ReadError(f"{base} did not answer in JSON: is it a Groundwire?") from error
    if not isinstance(answer, dict):
        raise ReadError(f"{base} did not answer as the API does: is it a Groundwire?")
    return answer


def _wait_s(header: str) -> float | None:
    """Return the seconds that a Retry-After asks for (RFC 9110, 10.2.3), at most a minute; None without one."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(timezone.utc)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), _LONGEST_WAIT_S)


def _backoff_s(attempt: int) -> float:
    """Return how long to wait before the next attempt: doubled each time, and never in step with others."""
    longest = min(_FIRST_WAIT_S * 2.0**attempt, _LONGEST_WAIT_S)
    return random.uniform(longest / 2, longest)  # noqa: S311 - not for secrets
