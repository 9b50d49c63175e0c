"""Rolling calls up: whole hours anew, by whoever and as often as one likes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from storage.client import Engine
from storage.control.control import Control
from storage.costs.portions import divided
from storage.costs.rolling import ChangedHour, changed_hours, portions, roll_up
from tests.costs import keep, spent, totals
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

LISTED = {"gen_ai.provider.name": "openai", "gen_ai.response.model": "gpt-4o"}
PRICE = Decimal("0.00045")
"""USD of a call of World.ask."""
NOON = datetime.fromtimestamp(NOON_NS / 1e9, UTC).replace(tzinfo=None)


def mine(engine: Engine, project: str) -> list[ChangedHour]:
    """Return the hours of a project that have to be rolled up."""
    return [one for one in changed_hours(engine, limit=1_000_000) if one.project == project]


def rows(world: World, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Return columns of a rollup's rows, in order."""
    text = (
        f"SELECT {', '.join(columns)} FROM {table} FINAL "  # noqa: S608 - names of the test's own
        "WHERE project_id = {project:String} ORDER BY ALL"
    )
    found = world.engine.client().query(text, parameters={"project": world.scope.project})
    return [tuple(row) for row in found.result_rows]


def test_rows_whose_calls_moved_are_gone(world: World, control: Control) -> None:
    """A root that comes late and names the tenant takes its calls along; nothing is left under the old name."""
    project = world.scope.project
    world.ask(call=LISTED)
    root, call = world.traces.request.resource_spans[0].scope_spans[0].spans
    late = world.traces.request.__class__()
    late.CopyFrom(world.traces.request)
    del world.traces.request.resource_spans[0].scope_spans[0].spans[0]
    world.save()
    keep(world.engine, control.database, project)
    assert rows(world, "usage_by_hour", "tenant_id", "now.requests") == [("", 1)]

    slot = root.attributes.add(key="tenant.id").value
    slot.string_value = "acme"
    spans = world.traces.request.resource_spans[0].scope_spans[0].spans
    spans.append(root)
    world.save()
    keep(world.engine, control.database, project)
    assert rows(world, "usage_by_hour", "tenant_id", "now.requests") == [("acme", 1)]
    assert rows(world, "usage_by_session", "tenant_id", "now.requests") == [("acme", 1)]
    assert call.trace_id


def test_what_comes_while_an_hour_is_rolled_up_has_it_rolled_up_again(
    world: World, control: Control
) -> None:
    """Changes count from before the hour was read, so a call that came since is not forgotten."""
    project = world.scope.project
    world.ask(call=LISTED)
    world.save()
    keep(world.engine, control.database, project)
    world.ask(call=LISTED)
    world.save()
    before = mine(world.engine, project)
    world.ask(call=LISTED)
    world.save()
    roll_up(world.engine, project, before)
    assert [one.hour for one in mine(world.engine, project)] == [NOON]
    keep(world.engine, control.database, project)
    assert mine(world.engine, project) == []
    assert spent(world.engine, project) == 3 * PRICE


def test_rolling_up_again_changes_nothing(world: World, control: Control) -> None:
    """An hour that is rolled up once more has the same figures."""
    project = world.scope.project
    for tenant in ("a", "b", "b"):
        world.ask(call=LISTED, root={"tenant.id": tenant, "session.id": f"s-{tenant}"})
    world.save()
    keep(world.engine, control.database, project)
    told = rows(world, "usage_by_hour", "tenant_id", "now.requests", "now.cost_usd")
    assert told == [("a", 1, PRICE), ("b", 2, 2 * PRICE)]
    for _ in range(2):
        roll_up(world.engine, project, [ChangedHour(project, NOON, 0)])
        assert rows(world, "usage_by_hour", "tenant_id", "now.requests", "now.cost_usd") == told


def test_failed_and_repeated_calls_are_told_apart(world: World, control: Control) -> None:
    """Failed calls count among the requests and by themselves."""
    world.ask(call=LISTED)
    world.ask(call={**LISTED, "error.type": "timeout"})
    world.save()
    project = world.scope.project
    keep(world.engine, control.database, project)
    measures = ("requests", "failed_requests", "cost_usd", "failed_cost_usd", "output_tokens")
    assert totals(world.engine, "usage_by_hour", project, *measures) == (
        2, 1, 2 * PRICE, PRICE, 40,
    )  # fmt: skip


def test_portions_are_of_one_month_and_not_too_large() -> None:
    """Hours are divided where a month ends and where rows get too many; one large hour stays whole."""
    start = datetime(2025, 5, 31, 20, tzinfo=UTC)
    hours = [start + timedelta(hours=number) for number in range(8)]
    rows_of = dict.fromkeys(hours, 10) | {hours[1]: 100}
    divided_up = list(divided(hours, lambda hour: hour, rows_of, most=20))
    assert [[hours.index(hour) for hour in portion] for portion in divided_up] == [
        [7, 6], [5, 4], [3, 2], [1], [0],
    ]  # fmt: skip


def test_hours_of_a_project_come_in_portions(world: World) -> None:
    """What is rolled up at once lies in one month, the newest first."""
    for day in (0, 1, 40):
        world.ask(at_s=day * 86_400, call=LISTED)
    world.save()
    project = world.scope.project
    found = [
        [one.hour for one in portion]
        for portion in portions(world.engine, project, mine(world.engine, project))
    ]
    days = [[NOON + timedelta(days=40)], [NOON + timedelta(days=1), NOON]]
    assert found == days
