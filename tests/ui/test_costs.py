"""The cost pages' data over real calls in the engine."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import traces
from storage.client import Engine
from storage.control.access import LOCAL
from storage.costs.prices_in_use import prices_in_use
from storage.scope import Scope
from storage.window import Window
from tests.callers import asking_as
from tests.spend import MODEL, PROVIDER, Spend
from ui.costs_breakdown import breakdown
from ui.costs_hosting import hosting
from ui.costs_movers import moved
from ui.costs_overview import overview, step_of
from ui.costs_question import CostQuestion, parse
from ui.data.costs import _prices
from ui.timerange import TimeRange

NOON = datetime(2025, 6, 16, 12, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def _reader() -> Iterator[None]:
    with asking_as(LOCAL):
        yield


@pytest.fixture
def spend(engine: Engine, project: str) -> Spend:
    """Return an empty project to spend in."""
    return Spend(engine, project)


def ask(spend: Spend, **query: str) -> CostQuestion:
    """Return the question of a URL: of the week before NOON unless it says otherwise."""
    return parse({"project": spend.project} | query)


def found(spend: Spend, query: dict[str, str]) -> int:
    """Return how many traces a link of a page leads to."""
    listed = traces.list_traces(
        spend.engine,
        Scope(spend.project),
        window=Window(NOON - 30 * DAY, NOON),
        filter=query["filter"],
    )
    return len(listed.rows)


def fill(spend: Spend) -> None:
    """Spend $4.50 last week and $12 this week; acme explains the rise."""
    spend.call("1.5", NOON - 10 * DAY, tenant__id="beta", feature__name="chat")
    for ago in (9, 10, 11):
        spend.call("1", NOON - ago * DAY, tenant__id="acme", feature__name="chat")
    for ago, tenant, usd in ((1, "acme", "4"), (2, "acme", "6"), (3, "beta", "1.5")):
        at = NOON - ago * DAY
        spend.call(usd, at, tenant__id=tenant, feature__name="chat", session__id=f"s{ago}")
    spend.call("0.5", NOON - 4 * DAY, feature__name="search")
    spend.save()


def test_the_overview_says_what_was_spent_and_how_it_changed(spend: Spend) -> None:
    """Totals, the time before, averages and the largest of each, every one with its traces."""
    fill(spend)

    shown = overview(spend.engine, ask(spend), NOON)

    assert shown["totals"]["cost_usd"] == 12
    assert shown["totals"]["requests"] == 4
    assert shown["earlier"]["cost_usd"] == 4.5
    assert shown["totals"]["cost_per_request_usd"] == 3
    assert shown["totals"]["conversations"] == 3
    tenants = next(part for part in shown["top"] if part["by"] == "tenant")["rows"]
    assert [(row["values"]["tenant"], row["cost_usd"], row["before_usd"]) for row in tenants] == [
        ("acme", 10, 3),
        ("beta", 1.5, 1.5),
        ("", 0.5, 0),
    ]
    assert found(spend, shown["traces"]["spend"]) == 8
    assert [found(spend, row["traces"]) for row in tenants] == [5, 2, 1]


def test_steps_of_the_trend_add_up_to_the_spend(spend: Spend) -> None:
    """Each day is there in the reader's zone, also the empty ones, and no cent is in none of them."""
    fill(spend)

    trend = overview(spend.engine, ask(spend, by="tenant", zone="Asia/Kolkata"), NOON)["trend"]

    assert len(trend["times"]) == 8
    assert trend["step"] == "day"
    assert sum(trend["total"]) == 12
    by_value = {one["value"]: sum(one["cost"]) for one in trend["series"]}
    assert by_value == {"acme": 10, "beta": 1.5, "": 0.5}


def test_values_beyond_the_colours_stand_together(spend: Spend) -> None:
    """A trend of many tenants shows the largest; the others are one series, so that bars are complete."""
    for number in range(9):
        spend.call(str(number + 1), NOON - DAY, tenant__id=f"tenant-{number}")
    spend.save()

    trend = overview(spend.engine, ask(spend, by="tenant"), NOON)["trend"]

    assert [one["value"] for one in trend["series"]][-1] is None
    assert sum(trend["series"][-1]["cost"]) == 1 + 2 + 3
    assert sum(trend["total"]) == sum(range(1, 10))


def test_a_month_has_a_forecast_once_enough_is_known(spend: Spend) -> None:
    """With weeks of history there is a median with an interval; without, the page says what is missing."""
    fill(spend)
    early = overview(spend.engine, ask(spend), NOON)["forecast"]
    for ago in range(1, 40):
        spend.call("1", NOON - ago * DAY)
    spend.save()

    later = overview(spend.engine, ask(spend), NOON)["forecast"]

    assert early["forecast_usd"] is None
    assert early["missing"]
    assert early["spent_usd"] == 16.5
    assert later["spent_usd"] == 16.5 + 15
    assert later["low_usd"] <= later["forecast_usd"] <= later["high_usd"]
    assert later["forecast_usd"] > later["spent_usd"]


def test_a_forecast_is_of_what_the_page_is_narrowed_to(spend: Spend) -> None:
    """A tenant has a forecast of its own; what budgets cannot be of has none."""
    fill(spend)

    of_tenant = overview(spend.engine, ask(spend, tenant="beta"), NOON)["forecast"]
    of_model = overview(spend.engine, ask(spend, model=MODEL), NOON)["forecast"]

    assert of_tenant["spent_usd"] == 3
    assert of_model is None


def test_the_breakdown_is_by_two_dimensions(spend: Spend) -> None:
    """Each pair of values has its figures, what it cost before, and its traces; totals are of all."""
    fill(spend)

    shown = breakdown(spend.engine, ask(spend, by="tenant,feature"), NOON)

    rows = {tuple(row["values"].values()): row for row in shown["rows"]}
    assert list(rows) == [("acme", "chat"), ("beta", "chat"), ("", "search")]
    assert rows["acme", "chat"]["cost_usd"] == 10
    assert rows["acme", "chat"]["before_usd"] == 3
    assert found(spend, rows["", "search"]["traces"]) == 1
    assert shown["totals"]["cost_usd"] == 12
    assert shown["export"]["group_by"] == "tenant,feature"


def test_what_is_narrowed_needs_no_column(spend: Spend) -> None:
    """Without a choice the table is by the usual dimensions that are still open."""
    fill(spend)

    shown = breakdown(spend.engine, ask(spend, tenant="acme"), NOON)

    assert shown["by"] == ("feature", "model")
    assert shown["totals"]["requests"] == 2


def test_every_bar_of_the_spread_leads_to_its_traces(spend: Spend) -> None:
    """As many traces lie behind a bar as it counts requests, and none is in two bars."""
    fill(spend)

    bars = breakdown(spend.engine, ask(spend, range="30d"), NOON)["spread"]

    assert sum(bar["requests"] for bar in bars) == 8
    assert [found(spend, bar["traces"]) for bar in bars if bar["requests"]] == [
        bar["requests"] for bar in bars if bar["requests"]
    ]


def test_movers_name_the_tenant_that_explains_the_rise(spend: Spend) -> None:
    """The tenant that spends more leads, with its part of the change and its traces."""
    fill(spend)

    shown = moved(spend.engine, ask(spend), NOON)

    assert shown["total"]["change_usd"] == 7.5
    first = shown["leading"][0]
    assert first["values"] == {"tenant": "acme"}
    assert (first["before_usd"], first["now_usd"], first["change_usd"]) == (3, 10, 7)
    tenants = next(part for part in shown["by"] if part["by"] == "tenant")
    rest = tenants["rest"]["change_usd"] if tenants["rest"] else 0
    assert sum(change["change_usd"] for change in tenants["changes"]) + rest == 7.5


def test_prices_in_use_are_told_by_the_million(spend: Spend) -> None:
    """Each model stands once with what a million tokens cost; names that it is asked by stand with it."""
    fill(spend)
    prices = _prices_of(spend)

    assert prices[0]["model"] == MODEL
    assert prices[0]["provider"] == PROVIDER
    assert prices[0]["kind"] == "own"
    assert prices[0]["rates"]["output"] == "1"


def _prices_of(spend: Spend) -> list[dict[str, Any]]:
    return _prices(prices_in_use(spend.engine, Scope(spend.project), at=NOON))


def test_a_project_without_calls_has_no_figures(spend: Spend) -> None:
    """Nothing is made up: no figure, no mover, no bar, no model."""
    asked = ask(spend)

    shown = overview(spend.engine, asked, NOON)
    assert shown["totals"]["requests"] == shown["earlier"]["requests"] == 0
    assert shown["totals"]["cost_per_request_usd"] is None
    assert moved(spend.engine, asked, NOON)["leading"] == []
    assert breakdown(spend.engine, asked, NOON)["rows"] == []
    assert hosting(spend.engine, asked, NOON)["models"] == []


@pytest.mark.parametrize(
    ("last", "step"), [("24h", "hour"), ("7d", "day"), ("90d", "day"), ("200d", "week")]
)
def test_steps_are_those_of_a_calendar(last: str, step: str) -> None:
    """A trend is by hours, days or weeks, whichever a chart can show."""
    assert step_of(TimeRange(last=last).window(NOON)) == step
