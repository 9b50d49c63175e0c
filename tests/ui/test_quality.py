"""The page of quality over real evaluations in the engine."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import evaluations, traces
from storage.control.access import LOCAL
from storage.errors import BadInput
from storage.evaluations import Evaluation
from storage.window import Window
from tests.callers import asking_as
from tests.world import World
from ui.data import quality
from ui.timerange import TimeRange

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
DAY = Window(NOON - timedelta(hours=1), NOON + timedelta(hours=2))

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def _reader() -> Iterator[None]:
    with asking_as(LOCAL):
        yield


def judge(world: World, feature: str, value: Any, count: int, name: str = "ok") -> None:
    """Add as many traces of a feature, each judged."""
    ids = [
        world.ask(at_s=i, root={"feature.name": feature, "session.id": f"{feature}{i}"})
        for i in range(count)
    ]
    world.save()
    given = [
        Evaluation(name=name, value=value, source="human", author="ann", trace_id=trace_id)
        for trace_id in ids
    ]
    evaluations.write(world.engine, world.scope, given)


def page(world: World, **query: str) -> dict[str, Any]:
    """Return what the page shows."""
    asked = quality.parse({"project": world.scope.project, "name": "ok", "by": "feature"} | query)
    return quality.page(world.engine, asked, evaluations_window())


def evaluations_window() -> Window:
    """Return the window of the traces, open to evaluations that are made now."""
    return Window(DAY.start, datetime.now(UTC) + timedelta(minutes=5))


def by_key(shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the groups by their first key."""
    return {group["keys"][0]: group for group in shown["groups"]}


def test_says_rate_interval_and_difference_of_each_group(world: World) -> None:
    """A feature's share stands with its interval, and how far it is from the others with its own."""
    judge(world, "search", value=True, count=20)
    judge(world, "chat", value=False, count=20)

    shown = page(world)

    assert shown["unit"] == "share"
    assert shown["overall"]["n"] == 40
    assert shown["overall"]["value"] == 0.5
    search = by_key(shown)["search"]
    assert (search["n"], search["value"]) == (20, 1.0)
    assert search["low"] == pytest.approx(0.8389, abs=1e-4)  # Wilson's interval of 20 of 20
    assert search["difference"]["value"] == 1.0
    assert search["difference"]["low"] > 0.5


def test_a_group_leads_to_its_traces(world: World) -> None:
    """The filter of a row's link finds exactly the traces that were counted, also those without the field."""
    judge(world, "search", value=True, count=3)
    judge(world, 'odd "name"', value=True, count=2)
    judge(world, "", value=True, count=1)
    world.ask()
    world.save()

    groups = by_key(page(world, filter='model = "gpt-4o"'))

    assert set(groups) == {"search", 'odd "name"', ""}
    for group in groups.values():
        found = traces.list_traces(
            world.engine, world.scope, window=DAY, filter=group["query"]["filter"]
        )
        assert len(found.rows) == group["n"]


def test_every_step_of_the_window_is_there(world: World) -> None:
    """Steps without evaluations are told as such, and no evaluation is lost between steps."""
    judge(world, "search", value=4, count=5)
    asked = quality.parse({"project": world.scope.project, "name": "ok"})
    window = Window(NOON - timedelta(hours=71, seconds=0.123457), NOON + timedelta(hours=1))

    shown = quality.page(world.engine, asked, window)
    # The names are those of evaluations made in the window; the values are of traces in it.
    steps = shown["series"]

    assert len(steps) == 37
    assert steps[1]["time"] - steps[0]["time"] == shown["step"] == 7_200_000
    assert sum(step["n"] for step in steps) == 5
    assert [step["value"] for step in steps if step["n"]] == [4.0]
    assert {step["value"] for step in steps if not step["n"]} == {None}


def test_a_category_is_told_by_the_share_of_one_label(world: World) -> None:
    """The commonest label at first; every group has all labels in one order, and a difference to the rest."""
    judge(world, "search", value="friendly", count=12)
    judge(world, "chat", value="rude", count=4)

    shown = page(world)
    asked_for_rude = page(world, label="rude")

    assert (shown["labels"], shown["label"]) == (["friendly", "rude"], "friendly")
    assert by_key(shown)["search"]["value"] == 1.0
    assert by_key(shown)["chat"]["value"] == 0.0
    assert by_key(shown)["chat"]["high"] > 0.3
    assert by_key(asked_for_rude)["chat"]["difference"]["value"] == 1.0
    assert by_key(shown)["chat"]["labels"] == [
        {"label": "friendly", "share": 0.0},
        {"label": "rude", "share": 1.0},
    ]


def test_one_evaluation_has_no_interval(world: World) -> None:
    """The mean of one number is told, and that there is no interval to it."""
    judge(world, "search", value=3.5, count=1)

    shown = page(world)

    assert shown["overall"] == {"n": 1, "clusters": 1, "value": 3.5, "low": None, "high": None}
    assert shown["groups"][0]["difference"] is None


def test_begins_with_what_people_say_most(world: World) -> None:
    """Without a name in the URL the page opens on the commonest evaluation that people give."""
    judge(world, "search", value=True, count=2, name="user_feedback")
    trace_id = world.ask()
    world.save()
    by_model = [
        Evaluation(name="grounded", value=0.5, source="model", trace_id=trace_id, id=str(i))
        for i in range(5)
    ]
    evaluations.write(world.engine, world.scope, by_model)

    shown = page(world, name="")

    assert shown["name"] == "user_feedback"
    assert [name["name"] for name in shown["names"]] == ["grounded", "user_feedback"]


def test_nothing_is_made_up_without_evaluations(world: World) -> None:
    """A project that was never judged has no name and no figures."""
    shown = page(world, name="")

    assert shown["name"] == ""
    assert "overall" not in shown


@pytest.mark.parametrize("by", ["colour", "model,model", "model,feature,tenant_id"])
def test_refuses_what_rates_cannot_be_by(by: str) -> None:
    """An unknown dimension, the same twice or three at once are said to be wrong."""
    with pytest.raises(BadInput):
        quality.parse({"by": by})


@pytest.mark.parametrize(
    ("last", "step"), [("15m", 60), ("24h", 3600), ("7d", 21600), ("30d", 86400)]
)
def test_steps_are_round(last: str, step: int) -> None:
    """A usual time range is cut into minutes, hours or days, at most 42 of them."""
    window = TimeRange(last=last).window(NOON)

    assert quality.step_of(window) == timedelta(seconds=step)
