"""The estate that the tests of this folder ask about."""

from collections.abc import Iterator

import pytest

from storage.client import Engine
from tests.server.isolation.estate import Estate, standing


@pytest.fixture(scope="session")
def estate(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """Two projects with everything in them, the server over them, and everybody's keys and sessions."""
    with standing(engine, tmp_path_factory.mktemp("estate")) as estate:
        yield estate
