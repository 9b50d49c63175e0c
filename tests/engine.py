"""Start real parts of Groundwire in tests: the program in a process of its own, or a chDB in this one."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx

ROOT = Path(__file__).parent.parent

NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For `verify=` of requests to this machine. By itself httpx reads all certificates anew for each: 25 ms of work, which
a test that waits for an answer does until it comes."""


def free_port() -> int:
    """Return a TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(
    true: Callable[[], Any], timeout_s: float = 30.0, *, what: str = "the condition"
) -> Any:
    """Return the first truthy result of a check, asked often; fail when it does not come.

    The longer it takes, the rarer it asks: a server that is busy with what is waited for has to answer each time.
    """
    started = time.monotonic()
    while (waited := time.monotonic() - started) < timeout_s:
        if result := true():
            return result
        time.sleep(min(max(waited / 10, 0.02), 0.25))
    raise AssertionError(f"{what} did not come within {timeout_s:g} s")


@cache
def _made() -> tempfile.TemporaryDirectory[str]:
    """Make a data directory as the first start leaves it. Removed when this process ends."""
    folder = tempfile.TemporaryDirectory(prefix="groundwire-made-")
    subprocess.run([sys.executable, "-m", "tests.make_stores", folder.name], cwd=ROOT, check=True)
    return folder


def lay_stores(data_dir: Path) -> None:
    """Put stores without anything in them where a program is about to start: to make them takes it two seconds."""
    shutil.copytree(_made().name, data_dir, symlinks=True)


@dataclass
class Server:
    """The real program, in a process of its own."""

    data_dir: Path
    env: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)
    grpc_port: int = field(default_factory=free_port)
    makes_stores: bool = False
    """Whether the first start makes its stores, as it does for a user; otherwise it finds them made, and empty."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The API and the UI."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def otlp(self) -> str:
        """OTLP over HTTP."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def log(self) -> str:
        """What the program has printed."""
        return (self.data_dir / "log").read_text()

    def start(self, *, wait: bool = True) -> None:
        """Start the program and wait until it is ready."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not (self.makes_stores or (self.data_dir / "data").exists()):
            lay_stores(self.data_dir / "data")
        with (self.data_dir / "log").open("ab") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "server", "serve", "--data-dir", str(self.data_dir / "data"),
                    "--port", str(self.port), "--otlp-http-port", str(self.http_port),
                    "--otlp-grpc-port", str(self.grpc_port), *self.flags,
                ],
                cwd=ROOT, env={**os.environ, **self.env}, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        if wait:
            self.wait_ready()

    def wait_ready(self, timeout_s: float = 240.0) -> None:
        """Wait until /readyz says so."""
        wait_until(self._ready, timeout_s, what=f"a ready server; it said:\n{self.log}")

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5, verify=NO_TLS).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End the program at once, as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask the program to end; return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def get(self, path: str, **params: Any) -> Any:
        """GET from the API; return the JSON."""
        answer = httpx.get(f"{self.url}/api/v1{path}", params=params, timeout=60, verify=NO_TLS)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def counts(self, signal_name: str = "spans", *, project: str = "default") -> dict[str, int]:
        """Return the account of a signal."""
        return dict(self.get("/stats", project=project)[signal_name])

    def wait_closed(self) -> None:
        """Wait until it asks people to sign in: it learns within a second that another process set somebody up."""
        wait_until(
            lambda: httpx.get(f"{self.url}/api/v1/me", verify=NO_TLS).status_code == 401,
            what="the sign-in",
        )

    def wait_loaded(self, *, project: str = "default", timeout_s: float = 60.0) -> dict[str, int]:
        """Wait until something was received and nothing is spooled; return the account of spans."""

        def loaded() -> bool:
            signals = self.get("/stats", project=project).values()
            return all(c["spooled"] == 0 for c in signals) and any(c["received"] for c in signals)

        wait_until(loaded, timeout_s, what="an empty spool")
        return self.counts(project=project)


@contextmanager
def running_server(
    data_dir: Path, *flags: str, env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run the program for the length of a test."""
    server = Server(data_dir, env=env or {}, flags=flags)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
