"""Kill the program while evaluators judge, change their version, backfill: each judges every trace exactly once."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.engine import ROOT, Server, wait_until
from tests.samples import Traces, message, set_attributes
from tests.thoroughness import times

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]

KILLS: Final = times(2, 4)
TRACES: Final = 400
REQUESTS: Final = 20
ALL: Final = {"start": "2020-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"}
NAMES: Final = ("slow_length", "pieces")
OFF: Final = (
    "groundedness", "refusal", "prompt_injection", "pii", "secrets", "context_relevance",
)  # fmt: skip

_FILE: Final = """
import time
from analytics.evaluators.contract import evaluator

@evaluator("slow_length", version="{version}")
def slow_length(sample):
    time.sleep(0.002)  # so that kills come amid the judging
    return len(sample.answer) / 1000

@evaluator("pieces", version="{version}", reads=("input", "output"))
def pieces(sample):
    return len(sample.text) / 1000
"""


def write_evaluators(path: Path, version: str) -> None:
    """Write the file that has both evaluators, in a version."""
    path.write_text(_FILE.format(version=version))


def requests() -> list[bytes]:
    """Make requests of traces with an answer each, whose length tells them apart."""
    size = TRACES // REQUESTS
    start_ns = (int(time.time()) - 7200) * 10**9
    bodies = []
    for first in range(0, TRACES, size):
        traces = Traces(first, start_ns=start_ns)
        for number in range(first, first + size):
            span = traces.span("chat", start_ns=start_ns + number * 10**10)
            set_attributes(span, {
                "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o",
                "gen_ai.input.messages": [message("user", "the same question")],
                "gen_ai.output.messages": [message("assistant", f"{number:04d}" + "x" * number)],
            })  # fmt: skip
        bodies.append(traces.body())
    return bodies


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Run a program with evaluators from a file, that is killed and started at will."""
    path = tmp_path / "own.py"
    write_evaluators(path, "1")
    server = Server(tmp_path, env={"GROUNDWIRE_EVALUATORS": str(path)})
    server.start()
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill()


def call(server: Server, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the API to change something; return its answer."""
    answer = httpx.request(method, f"{server.url}/api/v1{path}", json=body, timeout=60)
    assert answer.is_success, answer.text
    return dict(answer.json())


def send(server: Server, bodies: list[bytes]) -> None:
    """Deliver requests."""
    for body in bodies:
        answer = httpx.post(
            f"{server.otlp}/v1/traces", content=body, timeout=60,
            headers={"content-type": "application/x-protobuf"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text


def wait_idle(server: Server) -> None:
    """Wait until nothing waits for the evaluators, and each has judged."""

    def idle() -> bool:
        found = {one["name"]: one for one in server.get("/evaluators")["evaluators"]}
        return all(
            found[name]["version"] and found[name]["state"]["waiting"]["hours"] == 0
            for name in NAMES
        )

    wait_until(idle, 300, what=f"evaluators without work; {server.log[-2000:]}")


def judged(directory: Path) -> Counter[tuple[str, str]]:
    """Return how many rows of evaluations the closed store has of each evaluator and version.

    Fails where a trace has two rows by one version, or a row says anything else than the trace's answer.
    """
    sql = "SELECT name, evaluator_version, trace_id, score FROM evaluation_versions WHERE author = 'groundwire'"
    printed = subprocess.run(
        [sys.executable, "-m", "tests.ask", str(directory / "data" / "clickhouse")],
        cwd=ROOT, check=True, capture_output=True, input=sql.encode(),
    )  # fmt: skip
    rows = json.loads(printed.stdout)
    twice = Counter((name, version, trace) for name, version, trace, _ in rows)
    assert [place for place, count in twice.items() if count > 1] == []
    for name in NAMES:
        scores = sorted(row[3] for row in rows if row[0] == name and row[1] == "1")
        assert scores == pytest.approx(sorted(max(n + 4, 0) / 1000 for n in range(TRACES))) or (
            name == "pieces"
        )
    return Counter((name, version) for name, version, _, _ in rows)


def test_every_trace_is_judged_exactly_once_by_each_version(server: Server, tmp_path: Path) -> None:
    """After kills at random moments, a new version that is backfilled and killed too, nothing is missing or double."""
    for name in OFF:
        call(server, "PUT", f"/evaluators/{name}", {"enabled": False})
    for name in NAMES:
        call(server, "PUT", f"/evaluators/{name}", {"enabled": True})
    send(server, requests())
    moments = random.Random()
    for _ in range(KILLS):
        time.sleep(moments.uniform(1, 6))  # the moment of the kill is what is tried out
        server.kill()
        server.start()
    server.wait_loaded()
    wait_idle(server)
    server.stop()
    once = Counter({(name, "1"): TRACES for name in NAMES})
    assert judged(tmp_path) == once

    write_evaluators(tmp_path / "own.py", "2")
    server.start()
    wait_idle(server)
    asked = [call(server, "POST", f"/evaluators/{name}/backfills", ALL)["id"] for name in NAMES]
    time.sleep(moments.uniform(1, 4))  # as above
    server.kill()
    server.start()

    def ended() -> bool:
        states = [server.get(f"/backfills/{job_id}")["state"] for job_id in asked]
        assert "failed" not in states
        return states == ["done", "done"]

    wait_until(ended, 300, what=f"two backfills; {server.log[-2000:]}")
    server.stop()
    assert judged(tmp_path) == once + Counter({(name, "2"): TRACES for name in NAMES})
