"""Make the stores of a data directory, with nothing in them: `python -m tests.make_stores DIRECTORY`."""

import os
import sys
from pathlib import Path

from storage.client import Engine
from storage.control.control import default_url, open_control
from storage.schema import bring_up_to_date


def make_stores(data_dir: Path) -> None:
    """Do what the program does where it starts for the first time."""
    open_control(default_url(data_dir)).close()
    engine = Engine(directory=data_dir / "clickhouse")
    bring_up_to_date(engine)
    engine.close()


if __name__ == "__main__":
    os.umask(0o077)
    make_stores(Path(sys.argv[1]))
