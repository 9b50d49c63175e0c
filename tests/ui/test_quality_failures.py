"""The pages of failures and of where it is worse, over real traces in the engine."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics.failures.rules import RULES
from analytics.outcomes import outcome_of
from storage import evaluations, traces
from storage.control.access import LOCAL
from storage.errors import BadInput
from storage.evaluations import Evaluation
from storage.outcomes import Where
from storage.window import Window
from tests.callers import asking_as
from tests.world import World
from ui.data import quality_failures, quality_worse

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
WINDOW = Window(NOON, NOON + timedelta(hours=1))
CUT = {"gen_ai.response.finish_reasons": '["length"]'}

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def _reader() -> Iterator[None]:
    with asking_as(LOCAL):
        yield


def asked(world: World, **query: str) -> quality_failures.Question:
    """Return the question of a URL of the page of failures."""
    return quality_failures.parse({"project": world.scope.project} | query)


def fill(world: World) -> None:
    """Store an hour with 6 cut answers and 2 timeouts among 20 traces, and one that failed in the hour before."""
    world.ask(at_s=-600, call=CUT)
    world.ask(at_s=-500)
    for place in range(20):
        root = {"tenant.id": 'an "odd" one'} if place % 2 else {}
        failed = CUT if place < 6 else {"error.type": "TimeoutError"} if place < 8 else {}
        world.ask(at_s=place * 60, root=root, call={**failed, "gen_ai.usage.cost": 0.25})
    world.save()
    world.find_no_prices()


def test_causes_have_what_the_page_draws(world: World) -> None:
    """Traces, share with interval, cost, change against the hour before, first seen, and examples that show a span."""
    fill(world)

    shown = quality_failures.causes(world.engine, asked(world, by="tenant_id"), RULES, WINDOW)

    assert (shown["traces"], shown["failed"], shown["traces_before"]) == (20, 8, 2)
    assert shown["change"]["low"] < shown["change"]["value"] == pytest.approx(-0.1)
    cut, late = shown["causes"]
    assert (cut["cause"], cut["title"], cut["traces"]) == ("truncated", "Truncated", 6)
    assert cut["share"]["low"] < cut["share"]["value"] == 0.3 < cut["share"]["high"]
    assert cut["cost_usd"] == pytest.approx(1.5)
    assert cut["change"]["value"] == pytest.approx(-0.2)
    assert cut["first_seen"] == NOON.timestamp() * 1000
    assert cut["examples"][0]["evidence"]["field"] == "finish_reasons"
    assert cut["examples"][0]["evidence"]["span_id"]
    assert (late["cause"], late["before"]) == ("timeout", 0)


def test_each_value_leads_to_exactly_its_traces(world: World) -> None:
    """The list of a cause, narrowed to a value's filter, has as many traces as were counted; none counts too."""
    fill(world)
    shown = quality_failures.causes(world.engine, asked(world, by="tenant_id"), RULES, WINDOW)
    cut = shown["causes"][0]

    assert {one["value"]: one["traces"] for one in cut["by"]} == {"": 3, 'an "odd" one': 3}
    for one in cut["by"]:
        assert (one["of"], one["share"]["value"]) == (10, 0.3)
        narrowed = asked(world, cause="truncated", filter=one["filter"])
        found = quality_failures.listed(world.engine, narrowed, RULES, WINDOW, "")
        assert len(found["rows"]) == one["traces"]


def test_a_model_leads_to_traces_that_it_answered_alone() -> None:
    """Traces that another model answered as well are a value of their own, and so is their filter."""
    values = ["a", "a + b", "c"]

    def of(value: str) -> str:
        return quality_failures._condition("model", value, values)

    assert of("a") == 'chat_model = "a" and chat_model not in ("b")'
    assert of("a + b") == 'chat_model = "a" and chat_model = "b"'
    assert of("c") == 'chat_model = "c"'
    assert of("") == "not chat_model exists"


def test_all_failed_traces_stand_on_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages follow each other without a gap, each trace with its cause; the newest first."""
    fill(world)
    monkeypatch.setattr(quality_failures, "_PAGE", 5)
    every = asked(world, cause="any")

    first = quality_failures.listed(world.engine, every, RULES, WINDOW, "")
    second = quality_failures.listed(world.engine, every, RULES, WINDOW, first["cursor"])

    rows = first["rows"] + second["rows"]
    assert len(first["rows"]) == 5
    assert second["cursor"] == ""
    assert [row["causes"][0]["title"] for row in rows] == ["Timeout"] * 2 + ["Truncated"] * 6
    assert rows == sorted(rows, key=lambda row: -row["time"])


def test_failures_over_time_add_up(world: World) -> None:
    """Every step is there; the traces and failures of all are those of the window."""
    fill(world)

    shown = quality_failures.steps(world.engine, asked(world), RULES, WINDOW)

    assert shown["step"] == 120_000
    assert len(shown["series"]) == 30
    assert sum(step["n"] for step in shown["series"]) == 20
    assert sum(sum(step["causes"].values()) for step in shown["series"]) == 8
    of_one = quality_failures.steps(world.engine, asked(world, cause="timeout"), RULES, WINDOW)
    assert sum(step["value"] * step["n"] for step in of_one["series"] if step["n"]) == 2


@pytest.mark.parametrize("query", [{"by": "user"}, {"cause": "bad luck"}])
def test_refuses_what_failures_do_not_have(query: dict[str, str]) -> None:
    """A dimension or a cause that there is not is said to be wrong."""
    with pytest.raises(BadInput):
        quality_failures.parse(query)


# --- where it is worse ---


def test_segments_lead_to_their_traces(world: World) -> None:
    """The tenant that is worse with one model is told with figures; its list has all its traces, the worst first."""
    rng = random.Random(5)
    given = []
    for place in range(360):
        tenant, model = rng.choice(["acme", "globex"]), rng.choice(["gpt-4o", "gpt-4o-mini"])
        is_worse = (tenant, model) == ("acme", "gpt-4o-mini")
        trace_id = world.ask(
            at_s=place * 9, root={"tenant.id": tenant}, call={"gen_ai.request.model": model}
        )
        score = 0.2 if rng.random() < (0.5 if is_worse else 0.05) else 0.9
        given.append(Evaluation(name="groundedness", value=score, trace_id=trace_id))
    world.save()
    evaluations.write(world.engine, world.scope, given)
    text = 'evaluation."groundedness" < 0.5'
    query = {"project": world.scope.project, "outcome": text}
    where, outcome = Where(WINDOW), outcome_of(text)

    shown = quality_worse.segments(world.engine, quality_worse.parse(query), outcome, where)

    assert (shown["said"], shown["unit"]) == ("share of traces with groundedness < 0.5", "share")
    assert (shown["looked_at"], shown["q"], shown["least"]) == (360, 0.05, 30)
    assert shown["tested"] > 5
    pair = shown["segments"][0]
    assert {one["name"]: one["value"] for one in pair["values"]} == {
        "Tenant": "acme",
        "Model": "gpt-4o-mini",
    }
    assert pair["effect"]["difference"]["low"] > 0.2
    assert pair["effect"]["value"] > pair["effect"]["others"]
    listing = quality_worse.parse(query | {"segment": pair["segment"]})
    found = quality_worse.listed(world.engine, listing, outcome, where, 0)
    assert (found["column"], found["total"]) == ("groundedness < 0.5", pair["traces"])
    assert not found["is_sample"]
    values = [row["value"] for row in found["rows"]]
    assert values == sorted(values, reverse=True)
    assert {(row["tenant"], row["model"]) for row in found["rows"]} == {("acme", "gpt-4o-mini")}
    assert found["next"] == len(values) == 50
    last = quality_worse.listed(world.engine, listing, outcome, where, found["total"] - 1)
    assert (len(last["rows"]), last["next"]) == (1, None)
    narrowed = traces.list_traces(
        world.engine, world.scope, window=WINDOW, filter=pair["query"]["filter"], limit=1000
    )
    assert len(narrowed.rows) == pair["traces"]


def test_the_form_shows_what_the_url_asks_for(world: World) -> None:
    """Names that were judged can be chosen, with their labels; what the URL asks stands in its parts."""
    trace_id = world.ask()
    world.save()
    judged: list[dict[str, Any]] = [
        {"name": "tone", "value": "rude"},
        {"name": "answer quality", "value": 0.4},
        {"name": "refusal", "value": False},
    ]
    evaluations.write(
        world.engine, world.scope, [Evaluation(trace_id=trace_id, **one) for one in judged]
    )

    query = {
        "project": world.scope.project,
        "from": "2025-06-01",
        "outcome": "evaluation.tone = rude",
    }
    shown = quality_worse.choices(
        world.engine, quality_worse.parse(query), "", datetime.now(UTC) + timedelta(minutes=5)
    )

    by_name = {one["name"]: one for one in shown["names"]}
    assert by_name["answer quality"]["text"] == 'evaluation."answer quality"'
    assert (by_name["refusal"]["worse"], by_name["answer quality"]["worse"]) == ("higher", "lower")
    assert shown["labels"] == {"tone": ["rude"]}
    assert (shown["chosen"]["name"], shown["chosen"]["label"]) == ("tone", "rude")


def test_what_segments_are_not_of_is_refused(world: World) -> None:
    """A dimension that there is not is said to be wrong; a value that no trace has leads to an empty list."""
    query = {"project": world.scope.project, "segment": "colour=red"}
    where, outcome = Where(WINDOW), outcome_of("latency")
    with pytest.raises(BadInput, match="colour"):
        quality_worse.listed(world.engine, quality_worse.parse(query), outcome, where, 0)
    none = quality_worse.parse(query | {"segment": "hour=03"})
    assert quality_worse.listed(world.engine, none, outcome, where, 0)["rows"] == []
    with pytest.raises(BadInput, match="worse"):
        quality_worse.parse({"worse": "much"})
