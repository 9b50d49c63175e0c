"""Filters about calls: what a link from a figure to the traces behind it is made of."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.client import Engine
from storage.costs.filtering import traces_filter
from storage.errors import BadInput
from storage.scope import Scope
from storage.spans import list_spans
from storage.traces import list_traces
from tests.spend import MODEL, Spend

pytestmark = pytest.mark.engine

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def spend(engine: Engine, project: str) -> Spend:
    """Return an empty project to spend in."""
    return Spend(engine, project)


def found(spend: Spend, text: str) -> set[str]:
    """Return the ids of the traces that a filter finds; the spans that it finds have to be theirs."""
    scope = Scope(spend.project)
    traces = {row.trace_id for row in list_traces(spend.engine, scope, filter=text).rows}
    spans = {row.trace_id for row in list_spans(spend.engine, scope, filter=text).rows}
    assert spans == traces
    return traces


def test_all_of_it_holds_of_one_call(spend: Spend) -> None:
    """A trace with a dear call of one tenant and a cheap one of another has no dear call of the other."""
    trace = bytes(range(16))
    spend.call("1", NOON, trace_id=trace, tenant__id="acme")
    spend.call("0.01", NOON, trace_id=trace, tenant__id="beta")
    spend.save()

    both = {trace.hex()}
    assert found(spend, 'call_tenant = "beta" and call_cost > 0.5') == set()
    assert found(spend, 'call_tenant = "acme" and call_cost > 0.5') == both
    assert found(spend, 'call_cost > 0.5 and call_tenant = "acme" and not call_failed') == both
    assert found(spend, "(call_tenant = beta) or call_cost > 5") == both
    assert found(spend, "call_cost > 0.005 and call_cost <= 0.01") == both
    assert found(spend, "call_cost > 0.01 and call_cost < 1") == set()


def test_a_figure_leads_to_its_traces(spend: Spend) -> None:
    """By any dimension, also where a value is missing or has signs of the filter language."""
    odd = 'a "b" \\ (c) and d'
    ids = {
        tenant: spend.call(
            "1",
            NOON + timedelta(minutes=number),
            tenant__id=tenant,
            gen_ai__prompt__name="greet" if number else "",
            gen_ai__conversation__id=f"s{number}",
        )
        for number, tenant in enumerate(("acme", odd, ""))
    }
    spend.save()

    for tenant, trace_id in ids.items():
        assert found(spend, traces_filter({"tenant": [tenant]})) == {trace_id}
    assert found(spend, traces_filter({"tenant": ["acme", odd]})) == {ids["acme"], ids[odd]}
    assert found(spend, traces_filter({"prompt_name": ["greet"], "model": [MODEL]})) == {
        ids[odd],
        ids[""],
    }
    assert found(spend, traces_filter({"session": ["s0"], "provider": ["openai"]})) == {ids["acme"]}
    assert found(spend, traces_filter({})) == set(ids.values())
    assert found(spend, traces_filter({}, is_priced=False)) == set()
    assert found(spend, traces_filter({}, is_priced=True)) == set(ids.values())


def test_calls_without_a_price_are_found(spend: Spend) -> None:
    """By trace and by call."""
    spend.call("1", NOON)
    unpriced = spend.call("1", NOON, gen_ai__response__model="nobody-knows")
    spend.save()

    assert found(spend, traces_filter({}, is_priced=False)) == {unpriced}
    scope = Scope(spend.project)
    (row,) = list_traces(spend.engine, scope, filter="unpriced_calls > 0").rows
    assert row.trace_id == unpriced


def test_a_call_that_another_span_reports_is_found_by_its_rule(spend: Spend) -> None:
    """A framework's span that repeats the client's: it has no cost of its own, and is found as repeated alone."""
    above = spend._traces.span("agent", start_ns=int(NOON.timestamp()) * 10**9)
    spend.call("1", NOON, parent=above)
    for name, value in (("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "framework")):
        above.attributes.add(key=name).value.string_value = value
    above.attributes.add(key="gen_ai.usage.output_tokens").value.int_value = 10**6
    spend.save()

    assert found(spend, "call_rule = repeated") == {above.trace_id.hex()}
    assert found(spend, "call_rule = repeated and call_model = framework")
    assert not found(spend, "call_model = framework")


def test_a_dimension_that_is_none_is_refused() -> None:
    """Whoever makes a link learns of it at once."""
    with pytest.raises(BadInput, match="customer"):
        traces_filter({"customer": ["x"]})
