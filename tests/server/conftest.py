"""What tests of the API share: an empty project to spend in, and a client that asks about it."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from collector.counters import Counters
from server.api import create_api
from storage.client import Engine
from storage.control.access import LOCAL
from storage.control.control import Control
from tests.callers import asking_as
from tests.spend import Spend


@pytest.fixture
def spend(engine: Engine, project: str) -> Spend:
    """Return an empty project to spend in."""
    return Spend(engine, project)


@pytest.fixture
def client(engine: Engine, control: Control, project: str) -> Iterator[TestClient]:
    """Return a client that asks about the test's project, as whoever is on this machine."""
    app = create_api(engine, Counters(), control)
    headers = {"x-groundwire-project": project}
    with (
        asking_as(LOCAL),
        TestClient(app, base_url="http://test/api/v1", headers=headers) as client,
    ):
        yield client
