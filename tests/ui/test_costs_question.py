"""What a cost page asks, as its URL holds it."""

from datetime import UTC, datetime

import pytest

from storage.costs import dimensions
from storage.errors import BadInput
from ui import costs_question
from ui.costs_question import CostQuestion, parse, to_query, traces_query
from ui.timerange import TimeRange

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"project": "shop", "range": "30d", "by": "tenant,model"},
        {"from": "2025-06-01T12:00:00.000Z", "to": "2025-06-02T12:00:00.000Z"},
        {"range": "24h"},
        {"tenant": 'odd "name" & more', "feature": "chat", "none": "user"},
    ],
)
def test_a_link_asks_the_same(query: dict[str, str]) -> None:
    """What a URL asks can be written as a URL again, with nothing lost and nothing added."""
    assert to_query(parse(query)) == query


def test_a_week_is_usual() -> None:
    """Without a range the page shows seven days, and its URL need not say so."""
    assert parse({}).range == TimeRange(last="7d")
    assert to_query(parse({"range": "7d"})) == {}


def test_calls_that_name_nothing_can_be_asked_for() -> None:
    """A missing tenant is a value like any other: it narrows the page and leads to its traces."""
    asked = parse({"none": "tenant"})

    assert asked.where == {"tenant": ""}
    assert traces_query(asked)["filter"] == 'call_tenant = ""'


def test_every_dimension_has_a_name_for_people() -> None:
    """Pages offer exactly what the store can tell apart."""
    assert set(costs_question.DIMENSIONS) == set(dimensions.DIMENSIONS)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"by": "colour"}, "colour"),
        ({"by": "model,model"}, "twice"),
        ({"none": "weather"}, "weather"),
        ({"none": "tenant", "tenant": "acme"}, "tenant"),
        ({"range": "soon"}, "soon"),
    ],
)
def test_refuses_what_means_nothing(query: dict[str, str], said: str) -> None:
    """A URL that nobody can answer says what is wrong with it."""
    with pytest.raises(BadInput) as refused:
        parse(query)
    assert said in f"{refused.value}{refused.value.hint}"


def test_a_figure_leads_to_its_traces() -> None:
    """The list of traces has the page's range and narrowing, and begins with the dearest."""
    asked = CostQuestion(project="shop", range=TimeRange(last="30d"), where={"tenant": "acme"})

    found = traces_query(asked, {"model": "gpt-4o"}, failed=True)

    assert found == {
        "project": "shop",
        "range": "30d",
        "filter": 'call_tenant = "acme" and call_model = "gpt-4o" and call_failed',
        "sort": "-cost",
    }
