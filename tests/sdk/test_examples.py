"""The apps of docs/instrument-your-app.md as they are printed there: a real client, a model on loopback, read back."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from groundwire.read import Client

from tests.clients import stand_in
from tests.clients.stand_in import running_stand_in
from tests.engine import ROOT, Server, free_port, running_server, wait_until

EXAMPLES: Final = ROOT / "docs" / "examples"
PAGE: Final = ROOT / "docs" / "instrument-your-app.md"
APPS: Final = ("fastapi_app.py", "script.py")
MARK: Final = "  # added"
QUESTION: Final = "Where is my parcel?"


def bare(app: str) -> str:
    """Return an example without the lines that Groundwire needs."""
    lines = (EXAMPLES / app).read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.rstrip().endswith(MARK))


@pytest.mark.parametrize("app", APPS)
def test_three_lines(app: str) -> None:
    """An example is an app of its own with at most three lines added, each one statement."""
    marked = [line for line in (EXAMPLES / app).read_text().splitlines() if line.endswith(MARK)]

    assert 1 <= len(marked) <= 3
    assert all(len(ast.parse(line.strip()).body) == 1 for line in marked)
    assert "groundwire" not in bare(app)


@pytest.mark.parametrize("app", APPS)
def test_the_page_shows_what_runs(app: str) -> None:
    """The page prints the example exactly as it stands in its file."""
    printed = dict(
        re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    )

    assert printed[f"examples/{app}"] == (EXAMPLES / app).read_text()


class Stage:
    """A Groundwire and a model on loopback, and the environment of an app that knows both."""

    def __init__(self, server: Server, model: str, project: str) -> None:
        self.server = server
        self.client = Client(server.url, project=project)
        inherited = {
            k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "GROUNDWIRE_"))
        }
        self.env = {
            **inherited,
            "OPENAI_BASE_URL": model,
            "OPENAI_API_KEY": "none",
            "GROUNDWIRE_ENDPOINT": server.otlp,
            "GROUNDWIRE_PROJECT": project,
            "OTEL_SERVICE_NAME": "shop",
        }

    def the_trace(self) -> Mapping[str, Any]:
        """Return the only trace with a model call in it, once its feedback is there too."""

        def judged() -> dict[str, Any] | None:
            rows = [row for row in self.client.traces() if row["model_calls"]]
            assert len(rows) <= 1
            return next((row for row in rows if "user_feedback" in row["scores"]), None)

        row: dict[str, Any] = wait_until(judged, what="a trace with feedback")
        return row


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a Groundwire."""
    with running_server(tmp_path_factory.mktemp("examples"), "--segment-seconds", "0.3") as server:
        yield server


@pytest.fixture
def stage(server: Server, project: str) -> Iterator[Stage]:
    """Set the stage for one app."""
    with running_stand_in() as model:
        yield Stage(server, model, project)


def run_script(path: Path, stage: Stage) -> str:
    """Run the script and say yes; return what it printed."""
    done = subprocess.run(
        [sys.executable, str(path), *QUESTION.split()],
        env=stage.env, input="y\n", capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@contextmanager
def running_app(folder: Path, stage: Stage, log: Path) -> Iterator[httpx.Client]:
    """Run the FastAPI app under uvicorn."""
    port = free_port()
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "fastapi_app:app", "--port", str(port)],
            cwd=folder, env=stage.env, stdout=output, stderr=output,
        )  # fmt: skip
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
    try:
        wait_until(lambda: _answers(process, client), what=f"the app; it said {log.read_text()}")
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(timeout=30)


def _answers(process: "subprocess.Popen[bytes]", client: httpx.Client) -> bool:
    assert process.poll() is None
    try:
        return client.get("/docs").status_code == 200
    except httpx.TransportError:
        return False


def chat(client: httpx.Client, **headers: str) -> tuple[str, str]:
    """Ask as the shop's page does; return the answer's id and text."""
    with client.stream("POST", "/chat", json={"text": QUESTION}, headers=headers) as answer:
        pieces = [json.loads(line) for line in answer.iter_lines()]
    assert answer.status_code == 200
    return pieces[0]["answer_id"], "".join(piece["text"] for piece in pieces)


def assert_is_whole(row: Mapping[str, Any], *, tenant: str, session: str) -> None:
    """Check what every example shows: whose it was, how fast it came, and what was thought of it."""
    assert (row["tenant_id"], row["session_id"], row["service_name"]) == (tenant, session, "shop")
    assert row["models"] == [stand_in.SERVED_MODEL]
    assert (row["input_tokens"], row["output_tokens"]) == (
        stand_in.USAGE["input"],
        stand_in.USAGE["output"],
    )
    assert 0 < row["time_to_first_token_s"] <= row["duration_ns"] / 1e9
    assert (row["input"], row["output"]) == (QUESTION, "".join(stand_in.STREAMED))
    feedback = row["scores"]["user_feedback"]
    assert (feedback["kind"], feedback["score"], feedback["sources"]) == ("boolean", 1, ["human"])


@pytest.mark.engine
def test_script(stage: Stage) -> None:
    """The script is traced end to end: tenant, session, streamed time to first token, feedback."""
    said = run_script(EXAMPLES / "script.py", stage)

    row = stage.the_trace()
    assert said.startswith("".join(stand_in.STREAMED))
    assert_is_whole(row, tenant="acme", session="s-1")


@pytest.mark.engine
def test_reading_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page says about reading back runs as it stands there."""
    run_script(EXAMPLES / "script.py", stage)
    row = stage.the_trace()
    monkeypatch.setenv("GROUNDWIRE_API_URL", stage.server.url)
    monkeypatch.setenv("GROUNDWIRE_PROJECT", stage.env["GROUNDWIRE_PROJECT"])
    [printed] = [
        block
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
        if block.startswith("from groundwire.read")
    ]

    names: dict[str, Any] = {}
    exec(compile(printed, str(PAGE), "exec"), names)  # noqa: S102 - our own page

    assert names["traces"]["trace_id"].tolist() == [row["trace_id"]]
    assert names["spans"].column_names == ["trace_id", "model", "output_tokens"]
    assert names["rates"]["model"].tolist() == [stand_in.SERVED_MODEL]
    assert names["trace"]["trace_id"] == row["trace_id"]


@pytest.mark.engine
def test_fastapi_app(stage: Stage, tmp_path: Path) -> None:
    """The FastAPI app is traced end to end, whoever asks, to the reader's opinion that comes later."""
    with running_app(EXAMPLES, stage, tmp_path / "log") as client:
        answer_id, text = chat(client, **{"x-tenant": "globex", "x-session": "s-81"})
        opinion = {"answer_id": answer_id, "helped": True, "comment": "Danke!"}
        assert client.post("/opinions", json=opinion).status_code == 204

    row = stage.the_trace()
    [feedback] = stage.client.evaluations(name="user_feedback")
    spans = stage.client.trace(row["trace_id"])["spans"]
    [model_call] = [span for span in spans if span["operation"] == "chat"]
    assert text == "".join(stand_in.STREAMED)
    assert_is_whole(row, tenant="globex", session="s-81")
    assert row["name"] == "POST /chat"
    assert {span["tenant_id"] for span in spans} == {"globex"}
    assert model_call["streamed"] is True
    assert (feedback["trace_id"], feedback["span_id"]) == (row["trace_id"], model_call["span_id"])
    assert feedback["explanation"] == "Danke!"


@pytest.mark.engine
def test_the_bare_apps_run(stage: Stage, tmp_path: Path) -> None:
    """Without the added lines the examples are the same apps, and send nothing."""
    for app in APPS:
        (tmp_path / app).write_text(bare(app))

    said = run_script(tmp_path / "script.py", stage)
    with running_app(tmp_path, stage, tmp_path / "log") as client:
        _, text = chat(client)

    assert said.startswith(text)
    assert list(stage.client.spans()) == []
