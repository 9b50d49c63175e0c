"""What the receiving tests share: a spool in memory, and requests to send."""

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.errors import SpoolFull
from collector.signals import Signal

TRACE_ID = bytes.fromhex("5b8efff798038103d269b633813fc60c")
SPAN_ID = bytes.fromhex("eee19b7ec3c1b174")
PARENT_ID = bytes.fromhex("eee19b7ec3c1b173")


@dataclass(frozen=True)
class Stored:
    """One request as the spool got it."""

    signal: Signal
    project: str
    body: bytes
    accepted: int
    rejected: int

    @property
    def request(self) -> Any:
        """The request, parsed."""
        return self.signal.protocol.request.FromString(self.body)


@dataclass
class MemorySpool:
    """A spool that keeps requests in a list; set `full_for_s` to make it push back."""

    stored: list[Stored] = field(default_factory=list)
    full_for_s: float | None = None
    disk_fails: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def append(
        self, signal: Signal, project: str, body: bytes, *, accepted: int, rejected: int
    ) -> Future[None]:
        """Keep a request at once."""
        self.admit()
        future: Future[None] = Future()
        if self.disk_fails:
            future.set_exception(OSError("No space left on device"))
            return future
        with self._lock:
            self.stored.append(Stored(signal, project, body, accepted, rejected))
        future.set_result(None)
        return future

    def admit(self) -> None:
        """Push back when told to."""
        if self.full_for_s is not None:
            raise SpoolFull(self.full_for_s)

    @property
    def only(self) -> Stored:
        """The one request there must be."""
        (stored,) = self.stored
        return stored


def add_span(request: Any, **fields: Any) -> Any:
    """Add a sound span to a trace request, with `fields` set over it."""
    if not request.resource_spans:
        request.resource_spans.add().scope_spans.add()
    ids = {"trace_id": TRACE_ID, "span_id": SPAN_ID, "parent_span_id": PARENT_ID}
    return request.resource_spans[0].scope_spans[0].spans.add(**{"name": "chat"} | ids | fields)


def traces(count: int = 1) -> ExportTraceServiceRequest:
    """Make a trace request of sound spans."""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().scope.name = "test"
    for _ in range(count):
        span = add_span(request, kind=3, start_time_unix_nano=1, end_time_unix_nano=2)
        span.attributes.add(key="gen_ai.request.model").value.string_value = "m"
    return request


def logs() -> ExportLogsServiceRequest:
    """Make a log request of one record."""
    request = ExportLogsServiceRequest()
    scope_logs = request.resource_logs.add().scope_logs.add()
    record = scope_logs.log_records.add(trace_id=TRACE_ID, span_id=SPAN_ID, time_unix_nano=1)
    record.body.string_value = "hello"
    return request


def metrics() -> ExportMetricsServiceRequest:
    """Make a metric request of one gauge with two points and a histogram with one."""
    request = ExportMetricsServiceRequest()
    scope_metrics = request.resource_metrics.add().scope_metrics.add()
    gauge = scope_metrics.metrics.add(name="gpu.power").gauge
    gauge.data_points.add(as_double=1.5)
    gauge.data_points.add(as_int=2)
    histogram = scope_metrics.metrics.add(name="ttft").histogram
    histogram.data_points.add(count=3, bucket_counts=[1, 2], explicit_bounds=[0.5])
    return request


# One sound request of each signal, and how many items it holds.
EXAMPLES: dict[Signal, tuple[Any, int]] = {
    Signal.TRACES: (traces(), 1),
    Signal.LOGS: (logs(), 1),
    Signal.METRICS: (metrics(), 3),
}

JSON_TRACES = """
{"resourceSpans": [{
  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
  "scopeSpans": [{
    "scope": {"name": "test"},
    "spans": [{
      "traceId": "5B8EFFF798038103D269B633813FC60C",
      "spanId": "EEE19B7EC3C1B174",
      "parentSpanId": "EEE19B7EC3C1B173",
      "name": "chat",
      "kind": 3,
      "startTimeUnixNano": "1544712660000000000",
      "endTimeUnixNano": 1544712661000000000,
      "attributes": [
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "9007199254740993"}}
      ],
      "status": {"code": 2}
    }]
  }]
}]}
"""


class HttpClient:
    """Speaks to an ASGI application in process; what the application raises is raised here."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request and wait for the answer."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, **options)

        # In a thread of its own: the browser tests keep an event loop in the main one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, send()).result()

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Send one POST request."""
        return self.request("POST", path, **options)
