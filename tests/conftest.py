"""Fixtures for the whole suite."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.client import Engine
from storage.control.control import Control, default_url, open_control
from storage.schema import bring_up_to_date


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One chDB for all tests: a process can hold one directory only. Tests keep apart by `project`."""
    directory: Path = tmp_path_factory.mktemp("engine")
    engine = Engine(directory=directory / "clickhouse")
    bring_up_to_date(engine)
    yield engine
    engine.close()


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    """Open a control database of the test's own, on SQLite: nobody is set up in it."""
    control = open_control(default_url(tmp_path))
    yield control
    control.close()


@pytest.fixture
def project() -> str:
    """Return the name of a project that no other test uses."""
    return f"p{uuid.uuid4().hex[:12]}"
