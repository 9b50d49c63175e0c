"""What happens between a client and the store: sent twice, sent in bulk, sent while Groundwire restarts."""

import threading
import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import grpc
import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.clients.conftest import Clients
from tests.engine import running_server

pytestmark = pytest.mark.engine

LARGE: Final = 20_000


class Twice(BaseHTTPRequestHandler):
    """Hands every request on twice and forgets the first answer, as a proxy does whose client's time ran out."""

    target = ""
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Hand on."""
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        for _ in range(2):
            answer = httpx.post(self.target + self.path, content=body, headers=headers)
        self.send_response(answer.status_code)
        self.send_header("content-type", answer.headers["content-type"])
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def http_twice(target: str) -> Iterator[str]:
    """Run a proxy that hands HTTP requests on twice."""
    handler = type("Twice", (Twice,), {"target": target})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def grpc_twice(target: str) -> Iterator[str]:
    """Run a proxy that hands gRPC requests on twice."""
    with grpc.insecure_channel(target) as channel:

        def service(details: Any) -> Any:
            call = channel.unary_unary(details.method, None, None)

            def twice(request: bytes, context: Any) -> Any:
                wanted: Any = [
                    pair for pair in context.invocation_metadata() if pair[0].startswith("x-")
                ]
                call(request, metadata=wanted)
                return call(request, metadata=wanted)

            return grpc.unary_unary_rpc_method_handler(twice)

        class Handler(grpc.GenericRpcHandler):  # type: ignore[type-arg]
            def service(self, handler_call_details: Any) -> Any:
                return service(handler_call_details)

        server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[Handler()])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield f"http://127.0.0.1:{port}"
        server.stop(None).wait()


@pytest.mark.parametrize("transport", ["http", "grpc"])
def test_every_request_sent_twice(clients: Clients, transport: str) -> None:
    """A client whose every request arrives twice is stored once, counted once, and told so in the account."""
    server = clients.server
    over_grpc = transport == "grpc"
    proxy = grpc_twice(f"127.0.0.1:{server.grpc_port}") if over_grpc else http_twice(server.otlp)
    with proxy as endpoint:
        trace_id = clients.python(
            "questions.py",
            "use_openinference_grpc" if over_grpc else "use_openinference",
            settings=("grpc.env",) if over_grpc else (),
            OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        )

    trace = clients.trace(trace_id)
    account = clients.stats()["spans"]

    assert account == {
        "received": 28, "stored": 14, "duplicate": 14, "rejected": 0, "quarantined": 0, "spooled": 0,
    }  # fmt: skip
    assert len({span["span_id"] for span in trace.spans}) == len(trace.spans) == 14
    assert trace.facts["span_count"] == 14
    assert trace.facts["input_tokens"] == 5 * 1234 + 11
    listed = server.get("/spans", project=clients.project, limit=100)["spans"]
    assert len(listed) == 14
    hours = server.get("/histogram", project=clients.project)["buckets"]
    assert sum(bucket["tokens"] for bucket in hours) == trace.facts["total_tokens"]


def spans_of_a_trace(count: int) -> list[ReadableSpan]:
    """Record a trace of that many spans with the SDK."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "bulk"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("bulk")
    with tracer.start_as_current_span("batch"):
        for number in range(count - 1):
            tracer.start_span("step", attributes={"number": number}).end()
    return list(memory.get_finished_spans())


def test_many_spans_in_one_request(clients: Clients) -> None:
    """An exporter that sends 20,000 spans at once delivers all of them, and the trace can be read whole."""
    exporter = OTLPSpanExporter(
        endpoint=f"{clients.server.otlp}/v1/traces",
        headers={"x-groundwire-project": clients.project},
        compression=Compression.Gzip,
    )
    spans = spans_of_a_trace(LARGE)
    assert exporter.export(spans) is SpanExportResult.SUCCESS
    exporter.shutdown()  # type: ignore[no-untyped-call]
    context = spans[0].context
    assert context is not None

    trace = clients.trace(f"{context.trace_id:032x}")

    assert clients.stats()["spans"]["stored"] == LARGE
    assert trace.facts["span_count"] == LARGE
    assert len(trace.spans) == LARGE
    assert {span["name"] for span in trace.spans} == {"batch", "step"}


def test_exporters_outlive_a_restart(tmp_path: Path) -> None:
    """Spans that the SDK exports while Groundwire is down for a moment arrive when it is back."""
    with running_server(tmp_path, "--segment-seconds", "0.3") as server:
        exporter = OTLPSpanExporter(endpoint=f"{server.otlp}/v1/traces", timeout=60)
        assert exporter.export(spans_of_a_trace(10)) is SpanExportResult.SUCCESS
        server.stop()
        results: list[SpanExportResult] = []
        meanwhile = threading.Thread(
            target=lambda: results.append(exporter.export(spans_of_a_trace(20)))
        )
        meanwhile.start()
        time.sleep(1)  # the exporter has met the closed port
        server.start()
        meanwhile.join()

        assert results == [SpanExportResult.SUCCESS]
        assert server.wait_loaded()["stored"] == 30
        assert [row["span_count"] for row in server.get("/traces")["traces"]] == [20, 10]
        exporter.shutdown()  # type: ignore[no-untyped-call]
