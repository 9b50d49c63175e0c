"""The scaled-out configuration: a collector over HTTP to ClickHouse, and what senders notice when that is away."""

import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.clients.conftest import Clients
from tests.clients.deployment import Deployment, deployment
from tests.clients.test_python_sdk import assert_everything
from tests.engine import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow]

OUTAGE_S: Final = 15.0
"""Length of the outage, in three kinds; raise it to 60 for the minute that an operator should not have to notice."""

SPANS_A_REQUEST: Final = 20


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
    provider = TracerProvider(resource=Resource({"service.name": "busy"}), shutdown_on_exit=False)
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


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Run one deployment for all tests of this file."""
    with deployment(tmp_path_factory.mktemp("deployment")) as running:
        yield running


def test_what_the_collector_took_the_ui_tells(
    running: Deployment, snippets: Path, model_endpoint: str, project: str
) -> None:
    """A trace sent to a collector is told in full by the API of another process, over the same database."""
    clients = Clients(running.server, snippets, model_endpoint, project)
    ids = json.loads(clients.python("everything.py", "telemetry"))

    def settled() -> Any:
        return running.server.get("/traces", project=project, q=ids["trace"])["traces"]

    wait_until(settled, what="the trace")

    trace = clients.trace(ids["trace"])
    assert_everything(trace.facts, trace.spans, ids)
    [listed] = running.server.get("/traces", project=project, filter='user = "u-1" and errors > 0')[
        "traces"
    ]
    assert listed == trace.facts
    spans = running.server.get("/spans", project=project, filter='attr["int.large"] > 1')["spans"]
    assert [span["span_id"] for span in spans] == [ids["root"]]
    assert running.server.get("/stats", project=project)["spans"]["stored"] == 5


def test_senders_notice_nothing_of_an_outage(running: Deployment) -> None:
    """While ClickHouse is dead, unreachable, or refuses inserts, requests are taken; later all is stored once."""
    database = running.database
    app = App(f"{running.server.otlp}/v1/traces")
    app.start()

    def stored(what: str = "count()") -> int:
        return database.value(f"SELECT {what} FROM spans WHERE service_name = 'busy'")  # noqa: S608 - ours

    wait_until(stored, what="first spans")
    database.end(signal.SIGKILL)
    time.sleep(OUTAGE_S / 3)  # the length of the outage is what is tried out
    database.start()
    database.disorder(unavailable=1)
    time.sleep(OUTAGE_S / 3)
    database.disorder(refuse_inserts_with=252)  # TOO_MANY_PARTS
    time.sleep(OUTAGE_S / 3)
    stored_meanwhile, taken = stored(), app.exported
    refused = database.disorder()
    app.enough.set()
    app.join()
    wait_until(lambda: stored() >= app.exported, 120, what=f"all spans; {running.collector.log}")

    assert app.failed == 0
    assert app.slowest_s < 5
    assert refused > 0
    assert stored_meanwhile < taken / 2
    assert stored() == stored("uniqExact(span_id)") == app.exported
    traces = app.exported // SPANS_A_REQUEST
    settled = "FROM traces FINAL WHERE service_name = 'busy'"
    wait_until(lambda: database.value(f"SELECT count() {settled}") == traces, what="settled traces")
    assert database.value(f"SELECT sum(span_count) {settled}") == app.exported
    used = "SELECT sum(now.input_tokens) FROM usage_by_hour FINAL WHERE service_name = 'busy'"
    tokens = 7 * (app.exported - traces)
    wait_until(lambda: database.value(used) == tokens, 60, what=f"rollups; {running.worker.log}")
    assert not list(running.collector.directory.rglob("quarantine/*"))
