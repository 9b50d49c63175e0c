"""What an engine's client brings into the process."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine


def test_writing_rows_leaves_pandas_out(tmp_path: Path) -> None:
    """A page made while the first insert imports pandas would look into a half-imported module and fail."""
    code = """
import sys
from pathlib import Path
from storage.client import Engine
client = Engine(directory=Path(sys.argv[1])).client()
client.command("CREATE TABLE numbers (n Int64) ENGINE = MergeTree ORDER BY n")
client.insert("numbers", [[1], [2]], column_names=["n"])
print(client.query("SELECT sum(n) FROM numbers").result_rows, "pandas" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "[(3,)] False\n", done.stderr
