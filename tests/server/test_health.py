"""What /readyz says of the parts behind it."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.web import add_health
from storage.client import Engine
from storage.control.control import Control, open_control
from tests.postgres import Postgres, running_postgres

pytestmark = pytest.mark.engine


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """Return a PostgreSQL that may be stopped."""
    with running_postgres() as running:
        yield running


@pytest.fixture
def away(postgres: Postgres) -> Iterator[Control]:
    """Return a control database on it."""
    control = open_control(postgres.new_database())
    yield control
    control.close()


def test_not_ready_without_the_control_database(
    engine: Engine, postgres: Postgres, away: Control
) -> None:
    """Nobody can sign in while the control database is away, so the process says that it is not ready, and recovers."""
    app = FastAPI()
    add_health(app, engine, None, away.database)
    client = TestClient(app)

    assert client.get("/readyz").json() == {"status": "ready", "engine": True, "control": True}

    postgres.stop()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["control"]) == (503, False)

    postgres.start()
    assert client.get("/readyz").status_code == 200
