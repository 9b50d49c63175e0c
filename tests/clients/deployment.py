"""Run a scaled-out deployment's processes: ClickHouse (as tests/clickhouse_http.py has it), collector, worker, UI."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.engine import NO_TLS, ROOT, Server, free_port, wait_until


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
            return httpx.get(f"{self.url}/ping", verify=NO_TLS).status_code == 200
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
        answer = httpx.post(
            f"{self.url}/?database=groundwire", content=sql, timeout=60, verify=NO_TLS
        )
        assert answer.status_code == 200, answer.text
        return int(answer.text)


@dataclass
class Deployment:
    """A database, and a collector, a worker and a UI over it."""

    database: Database
    collector: Process
    worker: Process
    web: Process
    server: Server
    """The ports of collector and UI; it starts nothing."""

    @staticmethod
    def ready(process: Process, port: int) -> bool:
        """Whether a process says on `port` that it is ready."""
        assert process.process is not None
        assert process.process.poll() is None, process.log
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10, verify=NO_TLS)
        except httpx.TransportError:
            return False
        return answer.status_code == 200


@contextmanager
def deployment(directory: Path) -> Iterator[Deployment]:
    """Run a database, a collector, a worker and a UI for the length of a test."""
    port, health, worker_health = free_port(), free_port(), free_port()
    database = Database(
        directory / "database",
        ("tests.clickhouse_http", str(directory / "database" / "data"), str(port)),
        port=port,
    )
    database.start()
    server = Server(directory)
    people = f"sqlite:///{directory / 'control.db'}"
    same = ("--clickhouse-url", database.url, "--database-url", people, "--data-dir")
    collector = Process(
        directory / "collector",
        (
            "server", "collector", *same, str(directory / "collector" / "data"),
            "--port", str(health), "--otlp-http-port", str(server.http_port),
            "--otlp-grpc-port", str(server.grpc_port), "--segment-seconds", "3",
        ),
    )  # fmt: skip
    worker = Process(
        directory / "worker",
        (
            "server", "worker", *same, str(directory / "worker" / "data"),
            "--port", str(worker_health),
        ),
    )  # fmt: skip
    web = Process(
        directory / "ui",
        ("server", "ui", *same, str(directory / "ui" / "data"), "--port", str(server.port)),
    )
    running = Deployment(database, collector, worker, web, server)
    try:
        # One after the other: the first to start makes the tables.
        collector.start()
        wait_until(lambda: running.ready(collector, health), 60, what="the collector")
        worker.start()
        wait_until(lambda: running.ready(worker, worker_health), 60, what="the worker")
        web.start()
        wait_until(lambda: running.ready(web, server.port), 60, what="the UI")
        yield running
    finally:
        for process in (web, worker, collector, database):
            if process.process is not None and process.process.poll() is None:
                process.end()
