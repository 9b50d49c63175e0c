"""The program as its user meets it: start, answers, metrics, errors at start, end."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.engine import ROOT, Server, free_port, lay_stores, running_server
from tests.samples import Traces

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one program for this module."""
    with running_server(tmp_path_factory.mktemp("program")) as server:
        yield server


def send(server: Server, request: Traces, project: str = "default") -> None:
    """Deliver a request by OTLP/HTTP."""
    answer = httpx.post(
        f"{server.otlp}/v1/traces",
        content=request.body(),
        headers={"content-type": "application/x-protobuf", "x-groundwire-project": project},
    )
    assert answer.status_code == 200


def test_says_where_it_is(server: Server) -> None:
    """The program prints its URLs and the line that points an app at it."""
    assert f"http://127.0.0.1:{server.port}/" in server.log
    assert f"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{server.http_port}" in server.log


def test_root_leads_to_the_ui(server: Server) -> None:
    """The bare address shows the UI."""
    answer = httpx.get(server.url, follow_redirects=True)

    assert answer.status_code == 200
    assert "Groundwire" in answer.text


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1/traces/00/x"])
def test_unknown_paths_are_not_found(server: Server, path: str) -> None:
    """A path that does not exist is a 404 in JSON, not the UI's page."""
    answer = httpx.get(server.url + path)

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/json")


def test_spans_are_there_seconds_later(server: Server) -> None:
    """What was sent is counted, listed and found by its id."""
    request = Traces(service="till")
    root = request.span("POST /pay")
    send(server, request, "till")
    server.wait_loaded(project="till")

    answer = server.get(f"/traces/{root.trace_id.hex()}", project="till")

    assert [span["name"] for span in answer["spans"]] == ["POST /pay"]
    assert server.get("/stats", project="till")["spans"] == {
        "received": 1, "stored": 1, "duplicate": 0, "rejected": 0, "quarantined": 0, "spooled": 0,
    }  # fmt: skip


def test_metrics_balance(server: Server) -> None:
    """Prometheus reads the same account, project by project."""
    request = Traces(5)
    request.span()
    send(server, request, "metered")
    send(server, request, "metered")
    server.wait_loaded(project="metered")

    text = httpx.get(f"{server.url}/metrics").text

    outcomes = dict(
        re.findall(
            r'groundwire_outcome_total\{outcome="(\w+)",project="metered",signal="traces"\} (\S+)',
            text,
        )
    )
    assert outcomes == {
        "stored": "1.0",
        "duplicate": "1.0",
        "rejected": "0.0",
        "quarantined": "0.0",
    }
    assert 'groundwire_received_total{project="metered",signal="traces"} 2.0' in text


def run(*arguments: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "HOME": str(directory), "COLUMNS": "200"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_second_program_on_the_directory_is_told(server: Server, tmp_path: Path) -> None:
    """One process holds a data directory; another one says so in plain words and ends."""
    done = run(
        "serve", "--data-dir", str(server.data_dir / "data"), "--port", str(free_port()),
        "--otlp-http-port", str(free_port()), "--otlp-grpc-port", str(free_port()), directory=tmp_path,
    )  # fmt: skip

    assert done.returncode == 1
    assert "Is another Groundwire running on it?" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("flag", "taken"),
    [("--port", "port"), ("--otlp-http-port", "http_port"), ("--otlp-grpc-port", "grpc_port")],
)
def test_taken_port_is_named(server: Server, tmp_path: Path, flag: str, taken: str) -> None:
    """A port that is not free is named, with the flag that chooses another."""
    ports = {
        "--port": free_port(),
        "--otlp-http-port": free_port(),
        "--otlp-grpc-port": free_port(),
    }
    ports[flag] = getattr(server, taken)
    arguments = [word for name, port in ports.items() for word in (name, str(port))]
    lay_stores(tmp_path / "data")

    done = run("serve", "--data-dir", str(tmp_path / "data"), *arguments, directory=tmp_path)

    assert done.returncode == 1
    assert f"Port {ports[flag]} is not free" in done.stdout
    assert flag in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_ends_when_asked_and_keeps_everything(tmp_path: Path) -> None:
    """SIGTERM ends the program with status 0; what it acknowledged just before is there after a restart."""
    server = Server(tmp_path, makes_stores=True)
    server.start()
    request = Traces()
    for _ in range(50):
        request.span()
    send(server, request)

    assert server.stop() in (0, -signal.SIGTERM)

    server.start()
    assert server.wait_loaded()["stored"] == 50
    server.stop()


def test_roles_share_one_store_one_after_the_other(tmp_path: Path) -> None:
    """What `serve` took in, `ui` shows afterwards from the same directory; the account is carried over."""
    with running_server(tmp_path) as server:
        request = Traces()
        request.span()
        send(server, request)
        server.wait_loaded()
    port = free_port()
    ui = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "server",
            "ui",
            "--data-dir",
            str(tmp_path / "data"),
            "--port",
            str(port),
        ],
        cwd=ROOT,
    )
    try:
        reader = Server(tmp_path, port=port, process=ui)
        reader.wait_ready()
        assert reader.counts() == {
            "received": 1, "stored": 1, "duplicate": 0, "rejected": 0, "quarantined": 0, "spooled": 0,
        }  # fmt: skip
    finally:
        ui.terminate()
        ui.wait(30)
