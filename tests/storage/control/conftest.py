"""Each test of the control database runs on SQLite and on a real PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.control.control import Control, default_url, open_control
from storage.control.database import ControlDatabase
from tests.postgres import Postgres, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run one cluster for all tests; each makes databases of its own."""
    with running_postgres() as postgres:
        yield postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty control database."""
    if request.param == "sqlite":
        return default_url(tmp_path)
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.new_database()


@pytest.fixture(scope="session")
def made_in_postgres(postgres: Postgres) -> str:
    """Return the name of a control database as migrations leave it, to be copied."""
    url = postgres.new_database()
    open_control(url).close()
    return url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def control(
    request: pytest.FixtureRequest, tmp_path: Path, made_control: Path
) -> Iterator[Control]:
    """Open a control database of the test's own: nobody is set up in it."""
    if request.param == "sqlite":
        shutil.copy(made_control, tmp_path)
        url = default_url(tmp_path)
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.new_database(request.getfixturevalue("made_in_postgres"))
    control = open_control(url)
    yield control
    control.close()


@pytest.fixture
def database(control: Control) -> ControlDatabase:
    """Return the database of `control`."""
    return control.database
