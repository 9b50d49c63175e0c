"""Send requests to a server as exporters do, from a process of its own: one POST a request, over kept connections.

With a rate, a request is due at its time whether or not earlier ones were answered, and its latency counts from then.
"""

import argparse
import http.client
import json
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from bench.data import Request, read_requests

_HEADERS = {"content-type": "application/x-protobuf"}


@dataclass
class Sent:
    """What the server took."""

    spans: int = 0
    bytes: int = 0
    refused: int = 0
    """Answers 429 or 503; the request was sent again."""
    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    cpu_s: float = 0.0


class Sender:
    """Shares one stream of requests among threads."""

    def __init__(self, port: int, requests: Iterator[tuple[float, int, bytes]]) -> None:
        self._port = port
        self._requests = requests
        self._lock = threading.Lock()
        self.sent = Sent()

    def run(self, connections: int) -> Sent:
        """Send everything."""
        begun, cpu = time.perf_counter(), time.process_time()
        threads = [
            threading.Thread(target=self._send_all, args=(begun,)) for _ in range(connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.sent.seconds = time.perf_counter() - begun
        self.sent.cpu_s = time.process_time() - cpu
        return self.sent

    def _send_all(self, begun: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while True:
            with self._lock:
                due, spans, body = next(self._requests, (0.0, 0, b""))
            if not body:
                return
            time.sleep(max(0.0, begun + due - time.perf_counter()))
            asked = begun + due if due else time.perf_counter()
            self._send(connection, body)
            with self._lock:
                self.sent.latencies_s.append(time.perf_counter() - asked)
                self.sent.spans += spans
                self.sent.bytes += len(body)

    def _send(self, connection: http.client.HTTPConnection, body: bytes) -> None:
        while True:
            connection.request("POST", "/v1/traces", body, _HEADERS)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                return
            if answer.status not in (429, 503):
                raise RuntimeError(f"the server answered {answer.status}")
            with self._lock:
                self.sent.refused += 1
            time.sleep(float(answer.getheader("retry-after", "1")))


def _timed(requests: Iterable[Request], rate: float) -> Iterator[tuple[float, int, bytes]]:
    """Yield (due in seconds, spans, body) of each request."""
    spans = 0
    for number, body in requests:
        spans += number
        yield (spans / rate if rate else 0.0), number, body


def main() -> None:
    """Send what the command line says; print a `Sent` as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=10**9)
    parser.add_argument("--rate", type=float, default=0.0, help="spans a second; 0 for full speed")
    parser.add_argument("--connections", type=int, default=4)
    given = parser.parse_args()
    requests = _timed(islice(read_requests(given.file), given.first, given.last), given.rate)
    print(json.dumps(asdict(Sender(given.port, requests).run(given.connections))))


if __name__ == "__main__":
    main()
