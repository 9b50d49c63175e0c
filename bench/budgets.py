"""Benchmark: how long `GET /api/v1/budgets/check` takes while spans come in, against `GET /healthz` in the same run."""

import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bench import program
from bench.data import Request, _write, count
from bench.measure import heading, quantile
from demo.capture import capture
from demo.plan import DemoPlan
from tests.engine import Server

_CHECKS = 10_000
_TURNS = 5
"""Checks and looks at /healthz come in turns, so that both see the same noise."""
_RATE = 1_000
"""Spans a second that come in meanwhile."""
_SPANS_A_TRACE = 16

METHOD = f"""
`groundwire serve` in its own process over a fresh directory, its worker too. Another process sends it {_RATE:,} of the
demo's spans a second over OTLP/HTTP: received, stored, settled, priced and rolled up while it is asked. A third asks,
over connections that are kept, one or sixteen at a time: {_CHECKS:,} checks with an API key that name a tenant, a
feature and a tier, so that each is about four budgets, in turns with as many questions to /healthz, which has no
caller to find out about and nothing to look up. Latencies as the asking process sees them; all share these cores.
"""


def main() -> None:
    """Print the table."""
    heading("budgets/check while spans come in", METHOD)
    spans = _spans(120)
    with program.program() as server:
        key = _set_up(server)
        with _coming_in(server, spans):
            _wait_for_spend(server, key)
            asked = {
                "check": _request("/api/v1/budgets/check?" + _QUERY, key),
                "healthz": _request("/healthz", ""),
            }
            print(
                f"{'at once':>8} {'what':8} {'p50':>9} {'p99':>9} {'p99.9':>9} {'max':>9} {'a second':>9}"
            )
            for connections in (1, 16):
                _compare(server.port, asked, connections)
        counts = server.counts()
    print(f"\nmeanwhile stored: {counts['stored']:,} spans")


_QUERY = "tenant=northwind&feature=support-chat&user_tier=pro&estimate_usd=0.01"


def _set_up(server: Server) -> str:
    """Make budgets and a key to ask with; return its secret."""
    api = f"{server.url}/api/v1"
    for number, dimension in enumerate(("project", "tenant", "feature", "user_tier")):
        sent = {
            "name": f"budget {number}",
            "dimension": dimension,
            "value": "" if dimension == "project" else "*",
            "period": "month",
            "limit_usd": 1_000_000,
            "enforce": True,
        }
        httpx.post(f"{api}/budgets", json=sent).raise_for_status()
    made = httpx.post(f"{api}/keys", json={"name": "gateway", "scopes": ["ingest"]})
    return str(made.raise_for_status().json()["secret"])


def _spans(seconds: float) -> Path:
    """Write what is sent meanwhile; return the file."""
    path = Path(tempfile.mkdtemp(prefix="groundwire-bench-")) / "requests"
    plan = DemoPlan(traces=int(_RATE * seconds / _SPANS_A_TRACE), backfill=timedelta(hours=1))
    bodies = capture(plan, now=datetime.now(UTC))
    _write(path, (Request(count(body), body) for body in bodies))
    return path


@contextmanager
def _coming_in(server: Server, spans: Path) -> Iterator[None]:
    """Send spans from another process for as long as the caller does its part."""
    command = [
        sys.executable,
        "-m",
        "bench.sender",
        str(server.http_port),
        str(spans),
        "--rate",
        str(_RATE),
    ]
    sender = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
        if sender.poll() is not None:
            print("the sender was done before the end: the last checks saw no spans come in")
    finally:
        sender.terminate()
        sender.wait()


def _wait_for_spend(server: Server, key: str) -> None:
    headers = {"authorization": f"Bearer {key}"}
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = httpx.get(f"{server.url}/api/v1/budgets/check", headers=headers).json()
        if any(budget["spent_usd"] for budget in found["budgets"]):
            return
        time.sleep(0.2)
    raise RuntimeError("nothing was spent within two minutes")


def _request(path: str, key: str) -> bytes:
    authorization = f"authorization: Bearer {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{authorization}\r\n".encode()


def _compare(port: int, asked: dict[str, bytes], connections: int) -> None:
    latencies: dict[str, list[float]] = {name: [] for name in asked}
    seconds = dict.fromkeys(asked, 0.0)
    for _ in range(_TURNS):
        for name, request in asked.items():
            begun = time.perf_counter()
            latencies[name] += _ask(port, request, connections, _CHECKS // _TURNS)
            seconds[name] += time.perf_counter() - begun
    for name, values in latencies.items():
        figures = [quantile(values, share) for share in (0.5, 0.99, 0.999, 1)]
        line = " ".join(f"{1e3 * figure:6.2f} ms" for figure in figures)
        print(f"{connections:8} {name:8} {line} {len(values) / seconds[name]:9.0f}")
    ratios = [
        quantile(latencies["check"], s) / quantile(latencies["healthz"], s) for s in (0.5, 0.99)
    ]
    print(f"{'':8} ratio    {ratios[0]:6.2f}    {ratios[1]:6.2f}", flush=True)


def _ask(port: int, request: bytes, connections: int, times: int) -> list[float]:
    """Ask over so many connections at once; return what each question took, in seconds."""
    latencies: list[list[float]] = [[] for _ in range(connections)]
    threads = [
        threading.Thread(target=_ask_again, args=(port, request, times // connections, taken))
        for taken in latencies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [value for taken in latencies for value in taken]


def _ask_again(port: int, request: bytes, times: int, taken: list[float]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(times):
            begun = time.perf_counter()
            connection.sendall(request)
            _read_answer(connection)
            taken.append(time.perf_counter() - begun)


def _read_answer(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"the server answered {data[:300]!r}")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)


if __name__ == "__main__":
    main()
