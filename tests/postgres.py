"""A real PostgreSQL for tests: a cluster of its own in a temporary directory, from the system's binaries."""

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.engine import free_port, wait_until

_BINARIES = Path("/usr/lib/postgresql")

_SOMEBODY = "postgres"

# Nothing in a test survives a power cut anyway.
_SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=200")


class Postgres:
    """A running cluster. `stop` and `start` take it away and bring it back, as an outage does."""

    def __init__(self, binaries: Path, directory: Path) -> None:
        self._binaries = binaries
        self._directory = directory
        self._log = directory / "log"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        data = str(directory / "data")
        self._run(
            "initdb", "-D", data, "-U", "groundwire", "-A", "trust", "-E", "UTF8", "--no-sync"
        )

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql://groundwire@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Start the cluster and wait until it answers."""
        settings = [flag for setting in _SETTINGS for flag in ("-c", setting)]
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [
                    str(self._binaries / "postgres"), "-D", str(self._directory / "data"), "-p", str(self._port),
                    "-h", "127.0.0.1", "-k", str(self._directory), *settings,
                ],
                stdout=output, stderr=subprocess.STDOUT, cwd=self._directory, **_as_somebody(),
            )  # fmt: skip
        wait_until(self._answers, what=f"an answer of PostgreSQL ({self._log})")

    def stop(self) -> None:
        """End the cluster and its connections at once, as a crash does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=30)
            self._process = None

    def new_database(self, template: str = "template1") -> str:
        """Make an empty database, or a copy of another one that nobody is connected to, and return its URL."""
        name = f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        done = subprocess.run(
            command, capture_output=True, check=False, cwd=self._directory, **_as_somebody()
        )
        assert done.returncode == 0, done.stderr.decode()


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a cluster; skip the test where PostgreSQL is not installed."""
    found = sorted(_BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip(f"no PostgreSQL under {_BINARIES}: `make postgres` installs one")
    # Not below pytest's directory, which only its owner may enter.
    directory = Path(tempfile.mkdtemp(prefix="groundwire-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(directory, _SOMEBODY, _SOMEBODY)
    postgres = Postgres(found[-1].parent, directory)
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.stop()
        shutil.rmtree(directory)


def _as_somebody() -> dict[str, Any]:
    """Return who runs PostgreSQL: it refuses root."""
    if os.geteuid() != 0:
        return {}
    return {"user": _SOMEBODY, "group": _SOMEBODY, "extra_groups": []}
