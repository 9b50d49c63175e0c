"""A history of the demo, made once for all tests."""

from datetime import UTC, datetime

import pytest

from demo.capture import capture, truth
from demo.plan import DemoPlan
from tests.demo.seen import History, decode


@pytest.fixture(scope="session")
def now() -> datetime:
    """Return the moment at which the history ends: a Friday afternoon."""
    return datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def plan() -> DemoPlan:
    """Return the plan of the history."""
    return DemoPlan(seed=11, traces=3_000)


@pytest.fixture(scope="session")
def history(plan: DemoPlan, now: datetime) -> History:
    """Return four weeks of the demo."""
    bodies = list(capture(plan, now=now))
    return History(bodies, decode(bodies), list(truth(plan, now=now)))
