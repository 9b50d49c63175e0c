"""The real program and a real browser: a server on free ports, spans sent by the OpenTelemetry SDK, Chromium."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    expect,
)

from tests.e2e.spans import SentTraces, send_all
from tests.engine import lay_stores

_PATIENCE_S = 60.0
# The machine that runs the tests may be busy with others.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder drives a browser and runs the engine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.engine)


@dataclass(frozen=True)
class Server:
    """A running server and what was sent to it."""

    url: str
    otlp: str
    sent: SentTraces


def free_ports(count: int) -> list[int]:
    """Return ports of this host that are free at the moment."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()


def ask(url: str) -> Any:
    """Return the JSON at a URL."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def wait_until(condition: Any, what: str) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {_PATIENCE_S:.0f} s for {what}"
        time.sleep(0.1)


def wait_listed(url: str, project: str, trace_ids: Iterable[str]) -> None:
    """Wait until the list of a project's traces has some."""
    wanted, listed = {*trace_ids}, f"{url}/ui/data/traces?project={project}"
    wait_until(lambda: {row["trace_id"] for row in ask(listed)["rows"]} >= wanted, "the traces")


def _is_ready(url: str) -> bool:
    try:
        return bool(ask(f"{url}/readyz")["status"] == "ready")
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server with a few traces in it."""
    folder = tmp_path_factory.mktemp("e2e")
    lay_stores(folder / "data")
    web, http, grpc = free_ports(3)
    command = [
        sys.executable,
        "-m",
        "server",
        "serve",
        "--data-dir",
        str(folder / "data"),
        "--port",
        str(web),
    ]
    command += ["--otlp-http-port", str(http), "--otlp-grpc-port", str(grpc)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    url, otlp = f"http://127.0.0.1:{web}", f"http://127.0.0.1:{http}"
    try:
        wait_until(lambda: process.poll() is not None or _is_ready(url), "the server to start")
        assert process.poll() is None, (folder / "log").read_text()
        sent = send_all(otlp)
        wait_until(lambda: len(ask(f"{url}/ui/data/traces")["rows"]) >= sent.count, "the traces")
        yield Server(url, otlp, sent)
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def server_url(server: Server) -> str:
    """Address of the web server."""
    return server.url


@dataclass
class Witness:
    """What a page did that no page of ours may do."""

    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    stacks: list[str] = field(default_factory=list)
    """Where script errors came from: a failed test shows them."""

    def watch(self, page: Page, home: str) -> None:
        """Write down dialogs, script errors and requests to other hosts."""

        def seen_dialog(dialog: Any) -> None:
            self.dialogs.append(dialog.message)
            dialog.dismiss()

        def seen_console(message: ConsoleMessage) -> None:
            if message.type == "error" and "Failed to load resource" not in message.text:
                self.errors.append(message.text)

        def seen_error(error: Error) -> None:
            self.errors.append(str(error))
            self.stacks.append(error.stack or "")

        def seen_request(request: Request) -> None:
            if not request.url.startswith((home, "data:", "blob:")):
                self.elsewhere.append(request.url)

        page.on("dialog", seen_dialog)
        page.on("console", seen_console)
        page.on("pageerror", seen_error)
        page.on("request", seen_request)


def new_context(browser: Browser) -> BrowserContext:
    """Make a reader who was never here, in a time zone that is not UTC."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, timezone_id="Asia/Kolkata"
    )
    context.set_default_timeout(20_000)
    return context


@pytest.fixture
def witness() -> Witness:
    """Return what the page of this test does wrong."""
    return Witness()


@pytest.fixture
def page(browser: Browser, server: Server, witness: Witness) -> Iterator[Page]:
    """Open a page; whatever it does, it may not throw, ask, or call another host."""
    context = new_context(browser)
    page = context.new_page()
    witness.watch(page, server.url)
    yield page
    context.close()
    assert witness.errors == []
    assert witness.dialogs == []
    assert witness.elsewhere == []
