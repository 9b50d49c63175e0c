"""Delivery of OTLP requests over HTTP: in order, with a bounded queue that blocks, never drops."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Self
from urllib.parse import SplitResult, urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from demo.plan import DemoError

_QUEUED_REQUESTS = 6
_UNREACHABLE_S = 30.0  # connection errors in a row for so long end the run
_OVERLOADED_S = 600.0  # answers to come back later for so long do too
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 8.0
_TIMEOUT_S = 60.0
_RETRYABLE = frozenset({429, 502, 503, 504})  # OTLP/HTTP specification, "Retryable Response Codes"


class Delivery:
    """Sends requests from a thread of its own. Use it as a context manager."""

    def __init__(self, endpoint: str, headers: Mapping[str, str], stop: threading.Event) -> None:
        """`endpoint` is the server's base address, or the full one that ends in `/v1/traces`.

        Once `stop` is set, nothing is tried a second time.
        """
        self._address = _address(endpoint)
        self._headers = {"Content-Type": "application/x-protobuf", **headers}
        self._stop = stop
        self._connection = _connect(self._address)
        self._worker = ThreadPoolExecutor(1, "demo-delivery")
        self._queued: deque[Future[None]] = deque()
        self._failed = False
        self.spans = 0  # acknowledged
        self.bytes = 0
        self.requests = 0
        self.retries = 0
        self.rejected = 0
        self.unsent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._worker.shutdown()
        self._connection.close()
        while kind is None and self._queued:
            self._queued.popleft().result()

    def put(self, body: bytes, spans: int) -> None:
        """Queue a request; wait while the queue is full. Raises `DemoError` if sending failed."""
        while self._queued and (len(self._queued) >= _QUEUED_REQUESTS or self._queued[0].done()):
            self._queued.popleft().result()
        self._queued.append(self._worker.submit(self._work, body, spans))

    def _work(self, body: bytes, spans: int) -> None:
        accepted = False
        try:
            accepted = not self._failed and self._deliver(body)
        except BaseException:
            self._failed = True
            raise
        finally:
            self._count(body, spans, accepted=accepted)

    def _count(self, body: bytes, spans: int, *, accepted: bool) -> None:
        if accepted:
            self.spans += spans
            self.bytes += len(body)
            self.requests += 1
        else:
            self.unsent += spans

    def _deliver(self, body: bytes) -> bool:
        """Send until the server has taken it; False if the run was stopped before."""
        began, pause = time.monotonic(), _FIRST_PAUSE_S
        while True:
            problem, asked_pause = self._send(body)
            if not problem:
                return True
            self._check_patience(problem, time.monotonic() - began, reached=asked_pause is not None)
            if self._stop.wait(asked_pause or pause):
                return False
            self.retries += 1
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _check_patience(self, problem: str, waited: float, *, reached: bool) -> None:
        if waited < (_OVERLOADED_S if reached else _UNREACHABLE_S):
            return
        raise DemoError(
            f"The server at {self._address.geturl()} did not take the spans for {waited:.0f} s "
            f"({problem}). Start it with `groundwire serve`, or give its address as endpoint."
        )

    def _send(self, body: bytes) -> tuple[str, float | None]:
        """Try once: the problem (empty if none), and the pause that the server asked for."""
        try:
            self._connection.request("POST", self._address.path, body, self._headers)
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            return f"{type(error).__name__}: {error}", None
        if response.status in _RETRYABLE:
            return f"status {response.status}", _pause_asked(response.getheader("Retry-After"))
        if response.status != 200:
            raise DemoError(_refusal(response.status, self._address.geturl()))
        result = ExportTraceServiceResponse.FromString(answer)
        self.rejected += result.partial_success.rejected_spans
        return "", None


def _address(endpoint: str) -> SplitResult:
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise DemoError(f"{endpoint!r} is no address; give one such as http://127.0.0.1:4318")
    if parts.path.endswith("/v1/traces"):
        return parts
    return parts._replace(path=f"{parts.path.rstrip('/')}/v1/traces")


def _connect(address: SplitResult) -> HTTPConnection:
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    return kind(address.hostname or "", address.port, timeout=_TIMEOUT_S)


def _pause_asked(retry_after: str | None) -> float:
    """Seconds from a `Retry-After` header in either form; 0.0 without one."""
    if not retry_after:
        return 0.0
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:  # "-0000": UTC without a word about the zone
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _refusal(status: int, address: str) -> str:
    if status in {401, 403}:
        return f"{address} answered {status}: give a valid API key of the project in the headers."
    if status == 404:
        return f"{address} answered 404: the endpoint must be an OTLP/HTTP server's address."
    return f"{address} answered {status} and will not take the spans; see the server's log."
