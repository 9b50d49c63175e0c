"""A real HTTP server that takes OTLP as it is told to: well, slowly, not at all, or with an error."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


class Capture:
    """What arrived, and how to answer it."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.headers: dict[str, str] = {}
        self.error = b""
        """Body of the answer where the status is an error."""
        self.largest: int | None = None
        """Bodies above this many bytes get 413."""
        self.rejected = 0
        self.answering = threading.Event()
        """Clear it and requests hang until it is set again."""
        self.answering.set()
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        """Path, headers and decompressed body of every request, also of those answered with an error."""
        self.taken: list[tuple[str, bytes]] = []

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Note a request; return status and body of the answer."""
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.requests.append((path, headers, body))
        self.answering.wait(60)
        if self.largest is not None and len(body) > self.largest:
            return 413, b""
        if self.status != 200:
            return self.status, self.error
        self.taken.append((path, body))
        answer: Any = ExportTraceServiceResponse()
        if path.endswith("logs"):
            answer = ExportLogsServiceResponse()
        elif self.rejected:
            answer.partial_success.rejected_spans = self.rejected
            answer.partial_success.error_message = "too old"
        return 200, answer.SerializeToString()

    def resources(self) -> list[Any]:
        """Return the resource spans that were taken."""
        bodies = [body for path, body in self.taken if path.endswith("/v1/traces")]
        return [
            r for body in bodies for r in ExportTraceServiceRequest.FromString(body).resource_spans
        ]

    def spans(self) -> list[Any]:
        """Return the spans that were taken, in the order of their start."""
        found = [s for r in self.resources() for scope in r.scope_spans for s in scope.spans]
        return sorted(found, key=lambda span: span.start_time_unix_nano)

    def span(self, name: str) -> Any:
        """Return the only span of that name."""
        found = [span for span in self.spans() if span.name == name]
        assert len(found) == 1, [span.name for span in self.spans()]
        return found[0]

    def records(self) -> list[Any]:
        """Return the log records that were taken."""
        bodies = [body for path, body in self.taken if path.endswith("/v1/logs")]
        requests = [ExportLogsServiceRequest.FromString(body) for body in bodies]
        return [
            record
            for request in requests
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    def wire(self) -> bytes:
        """Return every byte of every body that arrived."""
        return b"\n".join(body for _, _, body in self.requests)


def attributes(message: Any) -> dict[str, Any]:
    """Return the attributes of a span, an event or a record, with their values as Python has them."""
    return {entry.key: _plain(entry.value) for entry in message.attributes}


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_plain(one) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {entry.key: _plain(entry.value) for entry in value.kvlist_value.values}
    return getattr(value, kind) if kind else None


@contextmanager
def capturing() -> Iterator[Capture]:
    """Run a server on a free port of loopback."""
    capture = Capture()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = capture.take(self.path, headers, body)
            self.send_response(status)
            for name, value in capture.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    capture.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield capture
    finally:
        capture.answering.set()
        server.shutdown()
        server.server_close()
        thread.join()
