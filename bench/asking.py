"""Time questions of the storage functions, and show which granules the engine reads for them."""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from clickhouse_connect.driver._backend.chdb_backend import ChdbBackend
from clickhouse_connect.driver.query import QueryResult

from storage import query
from storage.client import Engine

_ROUNDS = 7
_TABLE = re.compile(r"ReadFromMergeTree \(\w+\.(\w+)\)")
_GRANULES = re.compile(r"Granules: (\d+)/(\d+)")


@dataclass(slots=True)
class Statement:
    """A statement that a storage function sent."""

    name: str
    text: str
    parameters: dict[str, Any]
    read_rows: int
    read_bytes: int


@dataclass(slots=True)
class Asked:
    """What a question took: seconds of each round, and the statements of the last."""

    seconds: list[float] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    result: Any = None

    @property
    def line(self) -> str:
        """Least, median and longest time."""
        return (
            f"{min(self.seconds) * 1e3:7.0f} / {statistics.median(self.seconds) * 1e3:7.0f} / "
            f"{max(self.seconds) * 1e3:7.0f} ms"
        )


@contextmanager
def _overheard(statements: list[Statement]) -> Iterator[None]:
    original = query.ask

    def ask(engine: Engine, name: str, text: str, parameters: Any) -> QueryResult:
        result = original(engine, name, text, parameters)
        read = result.summary
        statements.append(
            Statement(name, text, dict(parameters), int(read["rows"]), int(read["bytes"]))
        )
        return result

    def summary(result: Any) -> dict[str, Any]:
        """Tell what chDB read from tables; the client's own summary counts what it returned."""
        return {"rows": result.storage_rows_read(), "bytes": result.storage_bytes_read()}

    with (
        patch.object(query, "ask", ask),
        patch.object(ChdbBackend, "_summary", staticmethod(summary)),
    ):
        yield


def ask(question: Callable[[], Any], rounds: int = _ROUNDS) -> Asked:
    """Ask several times."""
    asked = Asked()
    for _ in range(rounds):
        asked.statements.clear()
        with _overheard(asked.statements):
            begun = time.perf_counter()
            asked.result = question()
            asked.seconds.append(time.perf_counter() - begun)
    return asked


def plan(engine: Engine, statement: Statement) -> list[str]:
    """Return a line for each table that a statement reads: granules read of all there are."""
    rows = engine.client().query(
        f"EXPLAIN indexes = 1 {statement.text}", parameters=statement.parameters
    )
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for (line,) in rows.result_rows:
        if table := _TABLE.search(line):
            found.append((table[1], []))
        elif found and (granules := _GRANULES.search(line)):
            found[-1][1].append((granules[1], granules[2]))
    return [f"{name} {g[-1][0] if g else '?'} of {g[0][1] if g else '?'}" for name, g in found]
