"""The worker in the running program: prices, rollups, jobs, and stores from before there were calls."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.engine import ROOT, Server, running_server, wait_until
from tests.samples import Traces

pytestmark = pytest.mark.engine

ALL = {"start": "2020-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one program for this module."""
    with running_server(tmp_path_factory.mktemp("worker")) as server:
        yield server


def send(server: Server, project: str, model: str, calls: int = 1) -> None:
    """Deliver calls of a model, 1,000 tokens in and 100 out each."""
    request = Traces()
    for _ in range(calls):
        request.span(
            "chat", gen_ai__operation__name="chat", gen_ai__provider__name="openai",
            gen_ai__request__model=model, gen_ai__usage__input_tokens=1000,
            gen_ai__usage__output_tokens=100,
        )  # fmt: skip
    answer = httpx.post(
        f"{server.otlp}/v1/traces", content=request.body(), timeout=30,
        headers={"content-type": "application/x-protobuf", "x-groundwire-project": project},
    )  # fmt: skip
    assert answer.status_code == 200


def totals(server: Server, project: str) -> dict[str, Any]:
    """Return what the project used, by its rollups."""
    return dict(server.get("/usage", project=project, **ALL)["totals"])


def wait_for(server: Server, project: str, **wanted: Any) -> None:
    """Wait until the rollups say so."""

    def are_so() -> bool:
        found = totals(server, project)
        return {name: found[name] for name in wanted} == pytest.approx(wanted)

    wait_until(are_so, 90, what=f"{wanted}; it is {totals(server, project)}; {server.log[-2000:]}")


def post(server: Server, project: str, path: str, body: dict[str, Any]) -> Any:
    """POST to the API; return the JSON."""
    answer = httpx.post(
        f"{server.url}/api/v1{path}", params={"project": project}, json=body, timeout=60
    )
    assert answer.is_success, answer.text
    return answer.json()


def recosted(server: Server, project: str, job_id: int) -> dict[str, Any]:
    """Return a job of re-costing once it has ended."""

    def job() -> dict[str, Any]:
        return dict(server.get(f"/recosts/{job_id}", project=project))

    wait_until(lambda: job()["state"] not in ("queued", "running"), 90, what=server.log[-2000:])
    return job()


def test_calls_are_priced_and_counted_soon_after_they_came(server: Server) -> None:
    """A known model's calls have their price; an unknown one's are counted as unpriced, until they get one."""
    send(server, "fresh", "gpt-4o", 3)
    send(server, "fresh", "ft:ours", 2)
    wait_for(server, "fresh", requests=5, unpriced_requests=2, cost_usd=3 * 0.0035)
    price = {
        "model": "ft:*",
        "valid_from": "2020-01-01T00:00:00Z",
        "rates": {"input": "0", "output": "10"},
    }
    post(server, "fresh", "/prices", price)
    wait_for(server, "fresh", requests=5, unpriced_requests=0, cost_usd=3 * 0.0035 + 2 * 0.001)


def test_a_re_costing_that_is_asked_for_is_run(server: Server) -> None:
    """The job is done without more ado, and everybody reads the new figures."""
    send(server, "asked", "gpt-4o", 2)
    wait_for(server, "asked", requests=2, cost_usd=0.007)
    price = {
        "model": "gpt-4o",
        "valid_from": "2020-01-01T00:00:00Z",
        "rates": {"input": "0", "output": "10"},
    }
    post(server, "asked", "/prices", price)
    job = recosted(
        server, "asked", post(server, "asked", "/recosts", {**ALL, "from": "prices"})["id"]
    )
    assert (job["state"], job["report"]["changed_calls"]) == ("done", 2)
    assert job["report"]["after_usd"] == "0.002000000000"
    assert totals(server, "asked")["cost_usd"] == pytest.approx(0.002)


def test_readiness_tells_of_the_worker(server: Server) -> None:
    """A process that has a worker is ready while it runs."""
    assert httpx.get(f"{server.url}/readyz").json()["worker"] is True


def test_a_store_from_before_calls_gets_them(tmp_path: Path) -> None:
    """At the first start on such a store a job settles all of it; a second start finds nothing to do."""
    with running_server(tmp_path) as server:
        send(server, "default", "gpt-4o", 4)
        wait_for(server, "default", requests=4)
    for table in ("calls", "usage_by_hour", "usage_by_session", "changed_hours", "rolled_hours"):
        _tell(tmp_path, f"TRUNCATE TABLE {table}")
    with sqlite3.connect(tmp_path / "data" / "control.db") as control:
        control.execute("DELETE FROM cost_states")
    control.close()
    for _ in range(2):
        with running_server(tmp_path) as server:
            wait_for(server, "default", requests=4, unpriced_requests=0, cost_usd=0.014)
            (job,) = server.get("/recosts", project="default")["recosts"]
            assert (job["created_by"], job["from"]) == ("groundwire", "spans")
            assert recosted(server, "default", job["id"])["state"] == "done"


def _tell(directory: Path, sql: str) -> None:
    """Change a closed store."""
    code = (
        "import sys; from pathlib import Path; from storage.client import Engine; "
        "engine = Engine(directory=Path(sys.argv[1])); engine.client().command(sys.argv[2]); engine.close()"
    )
    path = str(directory / "data" / "clickhouse")
    subprocess.run([sys.executable, "-c", code, path, sql], cwd=ROOT, check=True)
