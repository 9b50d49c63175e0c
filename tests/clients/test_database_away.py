"""The scaled-out configuration: a collector over HTTP to ClickHouse, and what senders notice when that is away."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.engine import ROOT, free_port, wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow]

OUTAGE_S: Final = 15.0
"""Length of the outage, in three kinds; raise it to 60 for the minute that an operator should not have to notice."""

SPANS_A_REQUEST: Final = 20


@dataclass
class Process:
    """A program of the deployment, in a process of its own."""

    directory: Path
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its output goes to a file beside its data."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "log").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it and wait."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(timeout=60)

    @property
    def log(self) -> str:
        """What it printed."""
        return (self.directory / "log").read_text()


@dataclass
class Database(Process):
    """ClickHouse as seen over HTTP."""

    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Whether it does."""
        try:
            return httpx.get(f"{self.url}/ping").status_code == 200
        except httpx.TransportError:
            return False

    def start(self) -> None:
        """Start it and wait until it answers."""
        super().start()
        wait_until(self.answers, what="the database")

    def disorder(self, **what: int) -> int:
        """Set what is out of order; return how many requests it has refused."""
        return int(httpx.post(f"{self.url}/control", params=what).text)

    def value(self, sql: str) -> int:
        """Return the one number that a question has for answer."""
        answer = httpx.post(f"{self.url}/?database=groundwire", content=sql, timeout=60)
        assert answer.status_code == 200, answer.text
        return int(answer.text)


@contextmanager
def deployment(directory: Path) -> Iterator[tuple[Database, str, Process]]:
    """Run a database and a collector that writes into it; give the address for OTLP."""
    port, otlp = free_port(), free_port()
    database = Database(
        directory / "database",
        ("tests.clickhouse_http", str(directory / "database" / "data"), str(port)),
        port=port,
    )
    database.start()
    collector = Process(
        directory / "collector",
        (
            "server", "collector", "--data-dir", str(directory / "collector" / "data"),
            "--clickhouse-url", database.url, "--otlp-http-port", str(otlp), "--otlp-grpc-port", str(free_port()),
            "--port", str(free_port()),
        ),
    )  # fmt: skip
    collector.start()
    try:
        wait_until(lambda: _receives(collector, otlp), what="the collector")
        yield database, f"http://127.0.0.1:{otlp}/v1/traces", collector
    finally:
        for process in (collector, database):
            if process.process is not None and process.process.poll() is None:
                process.end()


def _receives(collector: Process, port: int) -> bool:
    assert collector.process is not None
    assert collector.process.poll() is None, collector.log
    try:
        return httpx.post(f"http://127.0.0.1:{port}/v1/traces").status_code == 415
    except httpx.TransportError:
        return False


class App(threading.Thread):
    """An app that never stops answering questions and exports its spans with the Python SDK's exporter."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(name="app")
        self._exporter = OTLPSpanExporter(endpoint=endpoint)
        self.enough = threading.Event()
        self.exported = 0
        self.failed = 0
        self.slowest_s = 0.0

    def run(self) -> None:
        """Export until told to stop."""
        while not self.enough.wait(0.02):
            started = time.monotonic()
            delivered = self._exporter.export(_spans()) is SpanExportResult.SUCCESS
            self.slowest_s = max(self.slowest_s, time.monotonic() - started)
            self.exported += SPANS_A_REQUEST if delivered else 0
            self.failed += 0 if delivered else 1
        self._exporter.shutdown()  # type: ignore[no-untyped-call]


def _spans() -> list[ReadableSpan]:
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    with provider.get_tracer("test").start_as_current_span(
        "POST /chat", attributes={"session.id": "s"}
    ) as root:
        for _ in range(SPANS_A_REQUEST - 1):
            with provider.get_tracer("test").start_as_current_span("chat m") as span:
                span.set_attribute("gen_ai.operation.name", "chat")
                span.set_attribute("gen_ai.usage.input_tokens", 7)
        root.set_attribute("input.value", "Where is my order?")
    return list(memory.get_finished_spans())


def test_senders_notice_nothing_of_an_outage(tmp_path: Path) -> None:
    """While ClickHouse is dead, unreachable, or refuses inserts, requests are taken; later all is stored once."""
    with deployment(tmp_path) as (database, otlp, collector):
        app = App(otlp)
        app.start()
        wait_until(lambda: database.value("SELECT count() FROM spans"), what="first spans")

        database.end(signal.SIGKILL)
        time.sleep(OUTAGE_S / 3)  # the length of the outage is what is tried out
        database.start()
        database.disorder(unavailable=1)
        time.sleep(OUTAGE_S / 3)
        database.disorder(refuse_inserts_with=252)  # TOO_MANY_PARTS
        time.sleep(OUTAGE_S / 3)
        stored, taken = database.value("SELECT count() FROM spans"), app.exported
        refused = database.disorder()

        app.enough.set()
        app.join()
        wait_until(
            lambda: database.value("SELECT count() FROM spans") >= app.exported,
            120,
            what=f"all spans; {collector.log}",
        )

        assert app.failed == 0
        assert app.slowest_s < 5
        assert refused > 0
        assert stored < taken / 2
        assert database.value("SELECT count() FROM spans") == app.exported
        assert database.value("SELECT uniqExact(span_id) FROM spans") == app.exported
        traces = app.exported // SPANS_A_REQUEST
        wait_until(
            lambda: database.value("SELECT count() FROM traces FINAL") == traces,
            what="settled traces",
        )
        assert database.value("SELECT sum(span_count) FROM traces FINAL") == app.exported
        assert database.value("SELECT sum(input_tokens) FROM usage") == 7 * (app.exported - traces)
        assert not list((tmp_path / "collector" / "data").rglob("quarantine/*"))
