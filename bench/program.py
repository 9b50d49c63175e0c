"""The whole program in a process of its own, with what a benchmark wants to know of it."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import cpu_of, directory_bytes, resident_bytes
from tests.engine import Server, running_server


@contextmanager
def program(*flags: str) -> Iterator[Server]:
    """Run `groundwire serve` over an empty data directory."""
    with (
        tempfile.TemporaryDirectory(prefix="groundwire-bench-") as path,
        running_server(Path(path), *flags) as server,
    ):
        yield server


def pid(server: Server) -> int:
    """Return the process that serves."""
    if server.process is None:
        raise RuntimeError("the program was not started")
    return server.process.pid


def cpu(server: Server) -> float:
    """Return the CPU seconds it has used."""
    return cpu_of(pid(server))


def resident(server: Server) -> int:
    """Return the bytes of memory it holds."""
    return resident_bytes(pid(server))


def spooled_bytes(server: Server) -> int:
    """Return what its spool takes on disk."""
    return directory_bytes(server.data_dir / "data" / "spool")


def wait_queryable(server: Server) -> None:
    """Wait until every acknowledged span is stored and settled."""
    while server.counts()["spooled"]:
        time.sleep(0.05)
