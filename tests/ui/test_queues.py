"""The pages of annotation queues, as far as the server draws them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from collector.counters import Counters
from storage.control.access import LOCAL, Caller
from storage.control.control import Control
from tests.callers import asking_as
from tests.ui.samples import every, text_of
from tests.world import NOON_NS, World
from ui.app import create_ui
from ui.pages import annotate, queues

pytestmark = pytest.mark.engine

NOON = datetime.fromtimestamp(NOON_NS / 1e9, UTC)


@pytest.fixture
def client(world: World, control: Control) -> Iterator[TestClient]:
    """Return a client of the pages, as whoever is on this machine."""
    with asking_as(LOCAL), TestClient(create_ui(world.engine, Counters(), control)) as client:
        yield client


def asked(world: World, **more: Any) -> dict[str, Any]:
    """Return the query of a page about the hour after noon."""
    ends = {"from": NOON.isoformat(), "to": (NOON + timedelta(hours=1)).isoformat()}
    return {"project": world.scope.project, **ends, **more}


@pytest.mark.parametrize(("unit", "narrowed", "matched"), [
    ("trace", "", 3), ("trace", "total_tokens > 1000", 0), ("span", "", 6), ("span", 'operation = "chat"', 3),
])  # fmt: skip
def test_it_is_said_how_many_a_filter_finds(
    client: TestClient, world: World, unit: str, narrowed: str, matched: int
) -> None:
    """Traces or spans in the window, with the ends that a sample is then drawn from."""
    for i in range(3):
        world.ask(f"q{i}", at_s=i)
    world.save()

    found = client.get(
        "/ui/data/queue-matches", params=asked(world, unit=unit, filter=narrowed)
    ).json()

    assert found["matched"] == matched
    assert datetime.fromisoformat(found["start"]) == NOON


@pytest.mark.parametrize("wrong", [{"unit": "session"}, {"filter": "modell = 1"}])
def test_what_cannot_be_counted_is_refused(
    client: TestClient, world: World, wrong: dict[str, str]
) -> None:
    """Another unit, or a filter that means nothing, is told in a form that the page can show."""
    answer = client.get("/ui/data/queue-matches", params=asked(world, **wrong))

    assert (answer.status_code, answer.json()["kind"]) == (400, "input")


def test_an_item_is_drawn_as_a_trace_or_as_a_span(world: World) -> None:
    """The conversation and answer of what the item names; what is gone, or not the reader's, is said."""
    trace = world.ask("where is my order?", "on its way")
    world.save()
    item = {"id": 1, "trace_id": trace, "span_id": "", "project": world.scope.project}
    stranger = Caller("person", "1", "eve@example.com", {})

    with asking_as(LOCAL):
        shown = text_of(annotate.what_is_judged(world.engine, item))
        gone = text_of(annotate.what_is_judged(world.engine, item | {"trace_id": "f" * 32}))
        no_span = text_of(annotate.what_is_judged(world.engine, item | {"span_id": "f" * 16}))
    with asking_as(stranger):
        refused = text_of(annotate.what_is_judged(world.engine, item))

    assert "where is my order?" in shown
    assert "on its way" in shown
    assert "not stored any more" in gone
    assert "not stored any more" in no_span
    assert "on its way" not in refused
    assert "no right" in refused


def test_a_wrong_address_says_so() -> None:
    """A range that means nothing shows the usual view and the complaint."""
    drawn = every(queues.queue_layout("abc", range="yesterday"))

    (store,) = [part for part in drawn if getattr(part, "id", "") == "queue-view"]
    assert store.data["queue"] == "abc"
    assert "yesterday" in store.data["complaint"]
