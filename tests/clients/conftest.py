"""A running Groundwire, the snippets of docs/instrument.md as files, and real clients in processes of their own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.instrumentations import INSTRUMENTATIONS
from tests.clients.stand_in import running_stand_in
from tests.engine import ROOT, Server, running_server, wait_until

HERE: Final = Path(__file__).parent
GUIDE: Final = ROOT / "docs" / "instrument.md"
_SNIPPET: Final = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
_EXPORT: Final = re.compile(r"^export (\w+)=(.*)$", re.MULTILINE)
_CLIENT_LIMIT_S: Final = 120

Json = dict[str, Any]


@dataclass
class Received:
    """A trace as the API tells it."""

    answer: Json

    @property
    def facts(self) -> Json:
        """The trace's row in the list."""
        facts: Json = self.answer["trace"]
        return facts

    @property
    def spans(self) -> list[Json]:
        """All spans in full, in order of start."""
        spans: list[Json] = self.answer["spans"]
        return spans

    def span(self, name: str) -> Json:
        """Return the only span of that name."""
        found = [span for span in self.spans if span["name"] == name]
        assert len(found) == 1, [span["name"] for span in self.spans]
        return found[0]

    def below(self, name: str) -> list[Json]:
        """Return the children of the only span of that name, in order of start."""
        parent = self.span(name)["span_id"]
        return [span for span in self.spans if span["parent_span_id"] == parent]


@dataclass
class Clients:
    """Starts clients that send to one project of a Groundwire."""

    server: Server
    snippets: Path
    model_endpoint: str
    project: str
    env: dict[str, str] = field(default_factory=dict)

    def python(self, app: str, *arguments: str, settings: tuple[str, ...] = (), **env: str) -> str:
        """Run a program of the guide, or of tests/clients/apps with the guide to import; return what it printed."""
        written = self.snippets / app
        path = written if written.exists() else HERE / "apps" / app
        return self._run([sys.executable, str(path), *arguments], settings, env)

    def node(self, app: Path, *, settings: tuple[str, ...] = (), **env: str) -> str:
        """Run a JavaScript program; return what it printed."""
        return self._run(["node", str(app)], settings, env)

    def environment(self, settings: tuple[str, ...] = (), **env: str) -> dict[str, str]:
        """Return the environment that the guide tells a client to have, with this Groundwire's ports in it."""
        told: dict[str, str] = {}
        for name in ("groundwire.env", *settings):
            told |= dict(_EXPORT.findall((self.snippets / name).read_text()))
        told["OTEL_EXPORTER_OTLP_ENDPOINT"] = (
            told["OTEL_EXPORTER_OTLP_ENDPOINT"]
            .replace("127.0.0.1:4318", f"127.0.0.1:{self.server.http_port}")
            .replace("127.0.0.1:4317", f"127.0.0.1:{self.server.grpc_port}")
        )
        told.setdefault("OTEL_EXPORTER_OTLP_HEADERS", f"x-groundwire-project={self.project}")
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("OTEL_")
        }
        return {
            **inherited, **told,
            "PYTHONPATH": str(self.snippets),
            "OPENAI_BASE_URL": self.model_endpoint,
            "OPENAI_API_KEY": "none",
            **self.env, **env,
        }  # fmt: skip

    def _run(self, command: list[str], settings: tuple[str, ...], env: Mapping[str, str]) -> str:
        done = subprocess.run(
            command,
            env=self.environment(settings, **env),
            capture_output=True,
            text=True,
            timeout=_CLIENT_LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        # An exporter that cannot deliver says so here, and ends well.
        assert not done.stderr, done.stderr
        return done.stdout.strip()

    def stats(self) -> Json:
        """Return the account of the project once nothing is on its way."""

        def settled() -> Json | None:
            account: Json = self.server.get("/stats", project=self.project)
            return account if all(counts["spooled"] == 0 for counts in account.values()) else None

        account: Json = wait_until(settled, what="an empty spool")
        return account

    def trace(self, trace_id: str) -> Received:
        """Return a trace once it is stored and settled."""
        self.stats()
        answer = self.server.get(f"/traces/{trace_id}", project=self.project)
        assert answer["trace"], "the trace is not settled although its segment is loaded"
        return Received(answer)

    def span(self, trace_id: str, span_id: str) -> Json:
        """Return one span in full."""
        span: Json = self.server.get(f"/traces/{trace_id}/spans/{span_id}", project=self.project)
        return span


@pytest.fixture(scope="session")
def groundwire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one Groundwire for all clients; tests keep apart by project."""
    with running_server(
        tmp_path_factory.mktemp("groundwire"), "--segment-seconds", "0.3"
    ) as server:
        yield server


@pytest.fixture(scope="session")
def model_endpoint() -> Iterator[str]:
    """Serve a model on loopback."""
    with running_stand_in() as url:
        yield url


@pytest.fixture(scope="session")
def snippets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write every named snippet of the guide into a folder, as a reader would."""
    folder = tmp_path_factory.mktemp("guide")
    for name, text in _SNIPPET.findall(GUIDE.read_text()):
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def clients(groundwire: Server, snippets: Path, model_endpoint: str, project: str) -> Clients:
    """Return clients that send to the test's own project."""
    return Clients(groundwire, snippets, model_endpoint, project)


@pytest.fixture(scope="session")
def asked(groundwire: Server, snippets: Path, model_endpoint: str) -> Callable[[str], Received]:
    """Run the app that asks a model under an instrumentation, once; return its trace.

    The instrumentation's name is the name of the project too, spaces as dashes.
    """

    @cache
    def run(name: str) -> Received:
        how = INSTRUMENTATIONS[name]
        clients = Clients(groundwire, snippets, model_endpoint, project=name.replace(" ", "-"))
        return clients.trace(clients.python("questions.py", how.snippet, settings=how.settings))

    return run


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the JavaScript SDK as its lock file says, away from the source tree; return the folder for apps."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip(
            "npm and node are needed to run the JavaScript SDK; install Node.js 20 or later"
        )
    folder = tmp_path_factory.mktemp("js")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "js" / name, folder)
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder, capture_output=True, text=True, timeout=_CLIENT_LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder
