"""Ask a chDB directory that no process holds: `python -m tests.ask DIRECTORY < SQL` prints the rows as JSON."""

import json
import sys
from pathlib import Path
from typing import Any

from storage.client import Engine


def rows(directory: Path, sql: str) -> list[list[Any]]:
    """Return the rows of a question."""
    engine = Engine(directory=directory)
    try:
        return [list(row) for row in engine.client().query(sql).result_rows]
    finally:
        engine.close()


if __name__ == "__main__":
    print(json.dumps(rows(Path(sys.argv[1]), sys.stdin.read())))  # noqa: T201 - it is a command
