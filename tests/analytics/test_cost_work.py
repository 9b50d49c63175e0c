"""What the worker keeps up to date: prices of new models, own prices, rollups."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from analytics import cost_work, price_keeping
from analytics.cost_work import CostWork
from storage.client import Engine
from storage.control import own_prices
from storage.control.control import Control
from storage.control.own_price_checks import OwnPriceSpec
from storage.control.projects import ensure_project
from storage.costs.prices import count_keys
from storage.costs.rolling import ChangedHour, changed_hours, roll_up
from tests.costs import due_in, keep, spent, totals
from tests.world import World

pytestmark = pytest.mark.engine

OPENAI = {"gen_ai.provider.name": "openai"}
GPT_4O = Decimal(100) * Decimal("2.5e-6") + Decimal(20) * Decimal("10e-6")
"""USD of a call of World.ask by OpenAI's price of gpt-4o: 100 tokens in, 20 out."""
TUNED = {**OPENAI, "gen_ai.request.model": "ft:ours"}


def ask(world: World, count: int, call: dict[str, Any], at_s: float = 0) -> None:
    """Store so many calls, each in a trace of its own."""
    for _ in range(count):
        world.ask(at_s=at_s, call=call)
    world.save()


def add_price(control: Control, project: str, model: str, output: str) -> str:
    """Add a price of a project's own for tokens of output; return its id."""
    ensure_project(control.database, project)
    spec = OwnPriceSpec(
        model=model,
        valid_from=datetime(2020, 1, 1, tzinfo=UTC),
        rates={"input": Decimal(0), "output": Decimal(output)},
    )
    with control.database.session() as session:
        return own_prices.add_price(session, project, spec, created_by="test").id


def test_calls_of_a_listed_model_are_priced_and_rolled_up(world: World, control: Control) -> None:
    """A model seen for the first time gets its list price, and the rollups what its calls cost."""
    ask(world, 3, OPENAI)
    ask(world, 2, OPENAI, at_s=3600)
    project = world.scope.project
    keep(world.engine, control.database, project)
    assert spent(world.engine, project) == 5 * GPT_4O
    assert totals(world.engine, "usage_by_hour", project, "requests", "input_tokens") == (5, 500)


def test_an_unknown_model_is_counted_and_adds_nothing(world: World, control: Control) -> None:
    """Calls without a price are counted as such, beside those that have one."""
    ask(world, 2, TUNED)
    ask(world, 1, OPENAI)
    project = world.scope.project
    keep(world.engine, control.database, project)
    assert spent(world.engine, project) == GPT_4O
    assert totals(world.engine, "usage_by_hour", project, "requests", "unpriced_requests") == (3, 2)


def test_a_price_of_ones_own_empties_the_unpriced(world: World, control: Control) -> None:
    """Stored calls that had no price get the one that is added, at once; those that had one keep it."""
    project = world.scope.project
    ask(world, 2, TUNED)
    ask(world, 1, TUNED, at_s=40 * 24 * 3600)
    ask(world, 1, OPENAI)
    keep(world.engine, control.database, project)
    add_price(control, project, "ft:*", "30")
    add_price(control, project, "gpt-4o", "999")
    keep(world.engine, control.database, project)
    assert spent(world.engine, project) == GPT_4O + 3 * 20 * Decimal("30e-6")
    assert totals(world.engine, "usage_by_hour", project, "unpriced_requests") == (0,)


def test_calls_that_come_later_have_the_price_of_now(world: World, control: Control) -> None:
    """A price of one's own that is changed or removed holds for what is stored from then on."""
    project = world.scope.project
    price_id = add_price(control, project, "gpt-4o", "30")
    ask(world, 1, OPENAI)
    keep(world.engine, control.database, project)
    own = 20 * Decimal("30e-6")
    assert spent(world.engine, project) == own
    with control.database.session() as session:
        entry = own_prices.get_price(session, project, price_id)
        assert entry is not None
        own_prices.remove_price(session, entry)
    keep(world.engine, control.database, project)
    ask(world, 1, OPENAI)
    keep(world.engine, control.database, project)
    assert spent(world.engine, project) == own + GPT_4O


def test_nothing_is_left_to_do(world: World, control: Control) -> None:
    """Once everything is up to date the worker finds nothing, also after it was started anew."""
    ask(world, 1, TUNED)
    project = world.scope.project
    keep(world.engine, control.database, project)
    assert not due_in(world.engine, control.database, [project])


def test_a_project_with_an_error_is_left_alone_for_a_while(
    engine: Engine, control: Control, project: str, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """The others go on; it is logged once, and the hours of the project wait."""
    worlds = World(engine, f"{project}-a"), World(engine, f"{project}-b")
    for world in worlds:
        ask(world, 1, OPENAI)
    bad, good = (world.scope.project for world in worlds)

    def broken(engine: Engine, project: str, changed: list[ChangedHour]) -> None:
        if project == bad:
            raise ValueError("what nobody thought of")
        roll_up(engine, project, changed)

    monkeypatch.setattr(cost_work, "roll_up", broken)
    work = CostWork(engine, control.database)
    for _ in range(3):
        work.do(due_in(engine, control.database, [good]))
    work.do(due_in(engine, control.database, [bad]))
    assert spent(engine, good) == GPT_4O
    assert [f"project {bad}" in record.message for record in caplog.records] == [True]
    assert bad not in {hour.project for hour in work.due().changed}
    assert bad in {hour.project for hour in changed_hours(engine, limit=1_000_000)}


def test_made_up_names_leave_room_for_models(
    world: World,
    control: Control,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Names beyond the limit stay without a price, counted and told of; a model with a price is priced all the same."""
    monkeypatch.setattr(price_keeping, "_AT_ONCE", 2)
    monkeypatch.setattr(price_keeping, "MAX_UNPRICED_KEYS", 3)
    project = world.scope.project
    for number in range(6):
        ask(world, 1, {**OPENAI, "gen_ai.request.model": f"made-up-{number}"})
    keep(world.engine, control.database, project)
    ask(world, 2, OPENAI)
    keep(world.engine, control.database, project)
    assert spent(world.engine, project) == 2 * GPT_4O
    assert totals(world.engine, "usage_by_hour", project, "requests", "unpriced_requests") == (8, 6)
    assert count_keys(world.engine, project) == 4
    assert "more than 3 ways" in caplog.text
    ask(world, 1, {**OPENAI, "gen_ai.request.model": "gpt-4o" * 1000})
    keep(world.engine, control.database, project)
    assert count_keys(world.engine, project) == 4
    assert totals(world.engine, "usage_by_hour", project, "unpriced_requests") == (7,)
    add_price(control, project, "made-up-*", "1")
    keep(world.engine, control.database, project)
    assert totals(world.engine, "usage_by_hour", project, "unpriced_requests") == (1,)
