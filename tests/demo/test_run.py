import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_server

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from demo import DemoError, DemoPlan, Progress, delivery, run
from demo.capture import capture
from tests.demo.seen import decode

PLAN = DemoPlan(seed=21, traces=400, backfill=timedelta(days=3))


@dataclass
class Receiver:
    """An OTLP/HTTP server that keeps what it accepts and answers by a script first."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    response: bytes = b""
    bodies: list[bytes] = field(default_factory=list)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    endpoint: str = ""

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Keep the request, unless the script says otherwise."""
        self.seen.append((path, headers))
        status, answer = self.answers.pop(0) if self.answers else (200, {})
        if status == 200:
            self.bodies.append(body)
            self.arrived.set()
        return status, answer


@contextmanager
def serving(receiver: Receiver) -> Iterator[Receiver]:
    """Serve the receiver on a free port of the loopback address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = receiver.take(self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.response)))
            self.end_headers()
            self.wfile.write(receiver.response)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


def ignore(_: Progress) -> None:
    """Look at no progress."""


def test_everything_arrives_exactly_once(now: datetime) -> None:
    """The receiver gets the captured requests, byte for byte, and the summary counts them."""
    seen: list[Progress] = []
    with serving(Receiver()) as receiver:
        summary = run(
            PLAN,
            receiver.endpoint,
            headers={"Authorization": "Bearer k"},
            progress=seen.append,
            stop=threading.Event(),
            now=now,
        )
    expected = list(capture(PLAN, now=now))
    assert receiver.bodies == expected
    assert summary.spans == len(decode(expected))
    assert summary.bytes == sum(map(len, expected))
    assert (summary.traces, summary.requests) == (400, len(expected))
    assert (summary.retries, summary.rejected_spans, summary.unsent_spans) == (0, 0, 0)
    assert not summary.stopped
    assert {path for path, _ in receiver.seen} == {"/v1/traces"}
    headers = receiver.seen[0][1]
    assert headers["Content-Type"] == "application/x-protobuf"
    assert headers["Authorization"] == "Bearer k"
    assert (seen[-1].fraction, seen[-1].eta_s, seen[-1].spans) == (1.0, 0.0, summary.spans)


@pytest.mark.parametrize("header", [{"Retry-After": "1"}, {"Retry-After": formatdate(0)}, {}])
def test_a_busy_server_gets_everything_later(header: dict[str, str], now: datetime) -> None:
    """After 503 and 429 the same request comes again; nothing is lost or doubled."""
    with serving(Receiver(answers=[(503, header), (429, {})])) as receiver:
        summary = run(PLAN, receiver.endpoint, progress=ignore, stop=threading.Event(), now=now)
    assert receiver.bodies == list(capture(PLAN, now=now))
    assert summary.retries == 2


def test_a_full_endpoint_is_used_as_it_is(now: datetime) -> None:
    """A path that ends in /v1/traces is not doubled, and a prefix stays."""
    plan = DemoPlan(traces=1)
    with serving(Receiver()) as receiver:
        for path in ("/otel/v1/traces", "/otel/", ""):
            endpoint = receiver.endpoint + path
            run(plan, endpoint, progress=ignore, stop=threading.Event(), now=now)
    assert {path for path, _ in receiver.seen} == {"/otel/v1/traces", "/v1/traces"}


def test_a_server_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """When nothing listens, the run ends with an error that says where and what to do."""
    monkeypatch.setattr(delivery, "_UNREACHABLE_S", 0.5)
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DemoError, match=rf"127\.0\.0\.1:{port}.*groundwire serve"):
        run(
            PLAN,
            f"http://127.0.0.1:{port}",
            progress=ignore,
            stop=threading.Event(),
            now=now,
        )


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "API key"), (404, "OTLP/HTTP"), (400, "server's log")]
)
def test_a_refusal_ends_the_run(status: int, advice: str, now: datetime) -> None:
    """What a retry cannot mend is not tried again."""
    with (
        serving(Receiver(answers=[(status, {})])) as receiver,
        pytest.raises(DemoError, match=advice),
    ):
        run(PLAN, receiver.endpoint, progress=ignore, stop=threading.Event(), now=now)
    assert receiver.bodies == []


def test_rejected_spans_are_counted(now: datetime) -> None:
    """A partial success is not retried, and the summary tells of it."""
    partial = ExportTracePartialSuccess(rejected_spans=3)
    answer = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
    with serving(Receiver(response=answer)) as receiver:
        summary = run(
            DemoPlan(traces=1), receiver.endpoint, progress=ignore, stop=threading.Event(), now=now
        )
    assert summary.rejected_spans == 3 * summary.requests


@pytest.mark.parametrize("endpoint", ["127.0.0.1:4318", "ftp://somewhere", "http://"])
def test_a_senseless_endpoint_is_refused(endpoint: str, now: datetime) -> None:
    """The error shows what an address looks like."""
    with pytest.raises(DemoError, match=r"http://127\.0\.0\.1"):
        run(PLAN, endpoint, progress=ignore, stop=threading.Event(), now=now)


def test_stopping_sends_what_was_made(now: datetime) -> None:
    """A run that is stopped early delivers the spans of the traces it made."""
    stop = threading.Event()

    def stop_soon(state: Progress) -> None:
        if state.traces >= 50:
            stop.set()

    plan = DemoPlan(seed=21, traces=50_000)
    with serving(Receiver()) as receiver:
        summary = run(plan, receiver.endpoint, progress=stop_soon, stop=stop, now=now)
    spans = decode(receiver.bodies)
    assert summary.stopped
    assert 50 <= summary.traces < plan.traces
    assert summary.traces == sum(not span.parent_id for span in spans)
    assert summary.spans == len(spans)


def test_stopping_does_not_wait_for_a_busy_server(now: datetime) -> None:
    """Spans that could not be sent are counted, not waited for."""
    stop = threading.Event()
    receiver = Receiver(answers=[(503, {"Retry-After": "600"})] * 100)
    timer = threading.Timer(0.5, stop.set)
    with serving(receiver):
        timer.start()
        summary = run(PLAN, receiver.endpoint, progress=ignore, stop=stop, now=now)
    timer.join()
    assert summary.spans == 0
    assert summary.unsent_spans > 0


def test_live_traffic_comes_in_real_time() -> None:
    """While live, spans arrive soon after they end, and traces go on until the stop."""
    stop = threading.Event()
    phases: list[Progress] = []

    def stop_after_some(state: Progress) -> None:
        phases.append(state)
        if state.spans > 200:
            stop.set()

    plan = DemoPlan(seed=5, traces=0, live=True, live_rate=20.0)
    with serving(Receiver()) as receiver:
        summary = run(plan, receiver.endpoint, progress=stop_after_some, stop=stop)
    spans = decode(receiver.bodies)
    assert summary.spans == len(spans)
    assert summary.unsent_spans == 0
    assert summary.traces == sum(not span.parent_id for span in spans)
    assert phases[-1].phase == "live"
    assert phases[-1].fraction is None
    assert len(receiver.bodies) > 2
    ids = {span.span_id for span in spans}
    assert all(span.parent_id in ids for span in spans if span.parent_id)
