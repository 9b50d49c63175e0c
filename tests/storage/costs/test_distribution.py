"""What single calls cost: bars, and the traces behind each of them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from storage.client import Engine
from storage.costs.distribution import distribution
from storage.scope import Scope
from storage.traces import list_traces
from tests.spend import Spend

pytestmark = pytest.mark.engine

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


def test_every_bar_leads_to_its_traces(engine: Engine, project: str) -> None:
    """The filter of a bar finds the traces of its calls and no others; bars have all calls."""
    spend, scope = Spend(engine, project), Scope(project)
    costs = ["0.0001", "0.0003", "0.001", "0.0011", "0.5", "2", "0"]
    for number, cost in enumerate(costs):
        at = NOON + timedelta(minutes=17 * number)
        # Cached tokens have no price here, and a call without any tokens is none.
        cached = {"gen_ai__usage__cache_read__input_tokens": 5}
        spend.call(cost, at, tenant__id="a" if number else "b", **cached)
    spend.save()

    found = distribution(
        engine, scope, NOON, NOON + timedelta(days=1), where={"tenant": ["a", "b"]}, bars=12
    )

    assert len(found.bars) <= 13
    assert sum(bar.requests for bar in found.bars) == len(costs)
    assert (found.bars[0].high_usd, found.bars[0].requests) == (0, 1)
    for bar in found.bars:
        traces = list_traces(engine, scope, filter=bar.filter).rows
        assert len(traces) == bar.requests, bar
        for trace in traces:
            assert bar.low_usd <= (trace.cost_usd or 0) <= bar.high_usd
    assert all(
        one.high_usd == two.low_usd
        for one, two in zip(found.bars[1:], found.bars[2:], strict=False)
    )


def test_calls_without_a_price_are_in_no_bar(engine: Engine, project: str) -> None:
    """They are counted apart, and their filter finds them."""
    spend, scope = Spend(engine, project), Scope(project)
    spend.call("1", NOON)
    unpriced = spend.call(Decimal(1), NOON, gen_ai__response__model="nobody-knows")
    spend.save()

    found = distribution(engine, scope, NOON, NOON + timedelta(hours=2))

    assert [bar.requests for bar in found.bars] == [1]
    assert found.unpriced_requests == 1
    traces = list_traces(engine, scope, filter=found.unpriced_filter).rows
    assert [trace.trace_id for trace in traces] == [unpriced]
