"""Failures of a window: ranked, with what they cost, beside the window before."""

from datetime import timedelta

import pytest

from analytics.failures.report import report
from storage.errors import TooMuchData
from storage.window import Window, from_unix_nano
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

NOON = from_unix_nano(NOON_NS)
HOUR = timedelta(hours=1)
CUT = {"gen_ai.response.finish_reasons": '["length"]'}
PRICED = {"gen_ai.usage.cost": 0.5}


def fill(world: World) -> None:
    """Store an hour with 4 cut answers, 2 timeouts and 14 good ones; the hour before has 1 cut and 19 good ones."""
    for place in range(20):
        call = CUT if place == 0 else {}
        world.ask(at_s=-3000 + place, call=call)
    for place in range(20):
        tenant = {"tenant.id": "acme" if place % 2 else "globex"}
        if place < 4:
            world.ask(at_s=place, root=tenant, call={**CUT, **PRICED})
        elif place < 6:
            world.ask(at_s=place, root=tenant, call={"error.type": "TimeoutError"})
        else:
            world.ask(at_s=place, root=tenant)
    world.save()
    world.find_no_prices()


def test_causes_are_ranked_with_cost_and_change(world: World) -> None:
    """The commonest first, with its share and how that changed since the hour before."""
    fill(world)
    found = report(world.engine, world.scope, Window(NOON, NOON + HOUR))
    assert (found.traces, found.failed) == (20, 6)
    assert (found.traces_before, found.failed_before) == (20, 1)
    assert [(c.cause, c.traces, c.before) for c in found.causes] == [
        ("truncated", 4, 1),
        ("timeout", 2, 0),
    ]
    cut = found.causes[0]
    assert cut.cost_usd == pytest.approx(2.0)
    assert cut.share.value == pytest.approx(0.2)
    assert cut.share.low is not None
    assert 0 < cut.share.low < 0.2
    assert cut.change.value == pytest.approx(0.15)
    assert cut.change.low is not None
    assert cut.change.low < 0 < cut.change.value
    assert cut.first_seen_unix_nano == NOON_NS
    assert len(cut.examples) == 3
    assert cut.examples[0].start_time_unix_nano > cut.examples[1].start_time_unix_nano


def test_causes_are_told_apart_by_tenant(world: World) -> None:
    """Each value has its traces, and their share of all traces with that value."""
    fill(world)
    found = report(world.engine, world.scope, Window(NOON, NOON + HOUR), by="tenant_id")
    assert [(c.cause, c.traces) for c in found.causes] == [("truncated", 4), ("timeout", 2)]
    assert [(v.value, v.traces, v.share) for v in found.causes[0].by] == [
        ("acme", 2, 0.2),
        ("globex", 2, 0.2),
    ]


def test_a_filter_chooses_the_traces(world: World) -> None:
    """Shares are of the traces that fit, and so is the window before."""
    fill(world)
    found = report(
        world.engine, world.scope, Window(NOON, NOON + HOUR), filter='tenant_id = "acme"'
    )
    assert (found.traces, found.failed, found.traces_before) == (10, 3, 0)
    assert found.causes[0].change.low is None
    assert "no traces" in found.causes[0].change.note


def test_more_groups_than_can_be_told_are_no_wrong_totals(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ranking that would leave groups out says so instead."""
    fill(world)
    monkeypatch.setattr("storage.failures.MAX_GROUPS", 3)
    with pytest.raises(TooMuchData, match="more than 3 groups"):
        report(world.engine, world.scope, Window(NOON, NOON + HOUR), by="tenant_id")


def test_an_empty_window_has_no_failures(world: World) -> None:
    """Nothing is divided by nothing."""
    found = report(world.engine, world.scope, Window(NOON, NOON + HOUR))
    assert (found.traces, found.failed, found.share, found.causes) == (0, 0, None, [])
