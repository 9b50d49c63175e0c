"""What the page of retrieval shows, over traces made by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import traces
from storage.control.access import LOCAL
from storage.errors import BadInput
from storage.window import Window
from tests.analytics.retrieval.retrievals import Found, claim, judge, retrieve
from tests.callers import asking_as
from tests.world import World
from ui.data import quality_retrieval

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
WINDOW = Window(NOON, NOON + timedelta(hours=4))
A = Found("a", "Refunds take five working days.", 0.9)
B = Found("b", "Parcels are sent from Rotterdam every weekday evening.", 0.5)


@pytest.fixture(autouse=True)
def _reader() -> Iterator[None]:
    with asking_as(LOCAL):
        yield


def page(world: World, **query: str) -> dict[str, Any]:
    """Return what the page shows."""
    asked = quality_retrieval.parse({"project": world.scope.project} | query)
    return quality_retrieval.page(world.engine, asked, WINDOW)


def listed(world: World, query: dict[str, str]) -> set[str]:
    """Return the traces of the list that a link leads to."""
    rows = traces.list_traces(
        world.engine, world.scope, window=WINDOW, filter=query["filter"], limit=100
    ).rows
    return {row.trace_id for row in rows}


@pytest.mark.engine
def test_figures_lead_to_their_traces(world: World) -> None:
    """Measures, values, ranks, retrievers and documents each lead to the traces behind them."""
    used = retrieve(world, [A, B], source="kb", root={"tenant.id": "acme"})
    unused = retrieve(world, [B], source='the "blog"', at_s=3700)
    world.ask(at_s=60)
    world.save()
    judge(world, used, claim(0.9, 0))
    judge(world, unused, claim(0.1, 0), label="unsupported")

    shown = page(world, measure="context_used")

    measures = {one["measure"]: one for one in shown["measures"]}
    assert (measures["context_used"]["n"], measures["context_used"]["value"]) == (
        3,
        pytest.approx(1 / 3),
    )
    assert listed(world, measures["context_used"]["query"]) == {unused}
    assert measures["redundancy"]["query"] is None
    assert [(step["n"], step["value"]) for step in shown["series"] if step["n"]] == [
        (2, 0.5),
        (1, 0.0),
    ]
    groups = {one["name"]: one for one in shown["groups"]}
    assert listed(world, groups["kb"]["query"]) == {used}
    assert listed(world, groups['the "blog"']["query"]) == {unused}
    assert groups["kb"]["figures"]["context_used"]["difference"]["value"] == 0.5
    assert listed(world, shown["ranks"][0]["query"]) == {used}
    assert {listed(world, one["query"]).pop() for one in shown["retrievers"]} == {used, unused}
    (vain,) = shown["unused"]
    assert (vain["name"], listed(world, vain["query"])) == ("b", {used, unused})
    (near,) = shown["unsupported"]
    assert (near["name"], listed(world, near["query"])) == ("b", {unused})


@pytest.mark.parametrize("query", [{"by": "colour"}, {"measure": "speed"}])
def test_refuses_what_there_is_not(query: dict[str, str]) -> None:
    """An unknown dimension or measure is said to be wrong."""
    with pytest.raises(BadInput):
        quality_retrieval.parse(query)
