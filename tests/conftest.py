"""Fixtures for the whole suite."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, sync_playwright

from storage.client import Engine
from storage.control.control import Control, default_url, open_control
from storage.schema import bring_up_to_date
from tests.world import World

CHROMIUM: Final = Path("/usr/bin/chromium")
_BROWSER_ARGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left alone with one of them at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One chDB for all tests: a process can hold one directory only. Tests keep apart by `project`."""
    directory: Path = tmp_path_factory.mktemp("engine")
    engine = Engine(directory=directory / "clickhouse")
    bring_up_to_date(engine)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests: a thread can run one Playwright only."""
    if not CHROMIUM.exists():
        pytest.skip(f"the browser tests need {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_BROWSER_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def made_control(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a control database as migrations leave it. Copy it: they take longer than most tests."""
    folder = tmp_path_factory.mktemp("control")
    open_control(default_url(folder)).close()
    return folder / "control.db"


@pytest.fixture
def control(tmp_path: Path, made_control: Path) -> Iterator[Control]:
    """Open a control database of the test's own, on SQLite: nobody is set up in it."""
    shutil.copy(made_control, tmp_path)
    control = open_control(default_url(tmp_path))
    yield control
    control.close()


@pytest.fixture
def project() -> str:
    """Return the name of a project that no other test uses."""
    return f"p{uuid.uuid4().hex[:12]}"


@pytest.fixture
def world(engine: Engine, project: str) -> World:
    """Return an empty project to put traces into."""
    return World(engine, project)
