"""What explains figures of usage, over the API: movers, distribution, unpriced models, usage that does not add up."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.spend import MODEL, Spend

pytestmark = pytest.mark.engine

MONDAY = datetime(2025, 6, 2, tzinfo=UTC)
WEEK = {"start": "2025-06-02T00:00:00Z", "end": "2025-06-09T00:00:00Z"}


def ok(client: TestClient, path: str, **asked: Any) -> Any:
    """Return the JSON of an answer, its amounts as decimals."""
    answer = client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json(parse_float=Decimal)


def refused(client: TestClient, path: str, **asked: Any) -> str:
    """Return what a refusal says."""
    answer = client.get(path, params=asked)
    assert answer.status_code == 400, answer.text
    return f"{answer.json()['error']['message']} {answer.json()['error']['hint']}"


def traces(client: TestClient, text: str) -> list[str]:
    """Return the ids of the traces that a filter finds."""
    return [row["trace_id"] for row in ok(client, "traces", filter=text)["traces"]]


def test_movers_lead_to_the_tenant_and_its_traces(client: TestClient, spend: Spend) -> None:
    """The week against the one before: who explains the change, by what, and the traces of it."""
    spend.call("1", MONDAY - timedelta(days=2), tenant__id="acme")
    spend.call("1", MONDAY - timedelta(days=1), tenant__id="beta")
    spend.call("1", MONDAY + timedelta(days=1), tenant__id="beta")
    ids = [spend.call("1", MONDAY + timedelta(days=d), tenant__id="acme") for d in range(3)]
    spend.save()

    found = ok(client, "usage/movers", **WEEK, dimension="tenant,model")

    assert (found["before_start"][:10], found["before_end"][:10]) == ("2025-05-26", "2025-06-02")
    assert found["total"]["change_usd"] == 2
    (leading,) = found["leading"]
    assert (leading["by"], leading["change_usd"], leading["volume_usd"]) == (
        {"tenant": "acme"}, 2, 2
    )  # fmt: skip
    found_ids = ok(client, "traces", **WEEK, filter=leading["filter"])["traces"]
    assert {row["trace_id"] for row in found_ids} == set(ids)
    assert [one["dimensions"] for one in found["by"]] == [
        ["tenant"], ["model"], ["tenant", "model"]
    ]  # fmt: skip
    narrowed = ok(client, "usage/movers", **WEEK, dimension="model", tenant="beta")
    assert narrowed["total"]["change_usd"] == 0


def test_another_window_may_be_compared_with(client: TestClient, spend: Spend) -> None:
    """Both of its ends can be given; what cannot be compared is refused by name."""
    spend.call("1", MONDAY - timedelta(days=360))
    spend.save()
    year = {"before_start": "2024-06-03", "before_end": "2024-06-10"}

    found = ok(client, "usage/movers", **WEEK, **year)

    assert found["total"]["gone_usd"] == -1
    assert "before_end" in refused(client, "usage/movers", **WEEK, before_end="never")
    assert "overlap" in refused(client, "usage/movers", **WEEK, before_end="2025-06-03")
    assert "tenant" in refused(client, "usage/movers", **WEEK, dimension="customer")
    assert "before" in refused(client, "usage/movers", **WEEK, befor_start="2024")


def test_the_distribution_leads_to_traces(client: TestClient, spend: Spend) -> None:
    """Each bar has its calls and the filter that finds their traces."""
    cheap = spend.call("0.001", MONDAY, tenant__id="acme")
    dear = spend.call("3", MONDAY, tenant__id="acme")
    spend.call("3", MONDAY, tenant__id="beta")
    spend.save()

    found = ok(client, "usage/distribution", **WEEK, tenant="acme", bars=5)

    bars = [bar for bar in found["bars"] if bar["requests"]]
    assert [traces(client, bar["filter"]) for bar in bars] == [[cheap], [dear]]
    assert len(found["bars"]) == 5
    assert "200" in refused(client, "usage/distribution", bars=1000)


def test_models_without_a_price_are_listed(client: TestClient, spend: Spend) -> None:
    """With how many calls and tokens, when they were seen, and a trace; priced ones are not."""
    spend.call("1", MONDAY)
    for hours in (1, 5):
        at = MONDAY + timedelta(hours=hours)
        last = spend.call("0.5", at, gen_ai__response__model="nobody-knows")
    spend.save()

    (row,) = ok(client, "usage/unpriced", **WEEK)["models"]

    assert (row["provider"], row["request_model"], row["response_model"]) == (
        "openai", MODEL, "nobody-knows"
    )  # fmt: skip
    assert (row["requests"], row["output_tokens"], row["trace_id"]) == (2, 1_000_000, last)
    assert (row["first_seen"][:13], row["last_seen"][:13]) == ("2025-06-02T01", "2025-06-02T05")
    assert ok(client, "usage", **WEEK)["totals"]["unpriced_requests"] == 2


def test_usage_that_does_not_add_up_is_told(client: TestClient, spend: Spend) -> None:
    """A total that is not the sum of its parts, and a span that repeats a call with more tokens than it has."""
    odd = spend.call("0.00001", MONDAY, gen_ai__usage__total_tokens=17)
    above = spend._traces.span("agent", start_ns=int(MONDAY.timestamp()) * 10**9)
    spend.call("0.00001", MONDAY, parent=above)
    for name, value in (("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "framework")):
        above.attributes.add(key=name).value.string_value = value
    above.attributes.add(key="gen_ai.usage.output_tokens").value.int_value = 14
    spend.save()

    found = ok(client, "usage/mismatches", **WEEK)["mismatches"]

    told = [
        (r["kind"], r["model"], r["spans"], r["differing_tokens"], r["trace_id"]) for r in found
    ]
    assert told == [
        ("total", MODEL, 1, 7, odd),
        ("uncovered", "framework", 1, 4, above.trace_id.hex()),
    ]


def test_a_trace_tells_what_its_calls_cost(client: TestClient, spend: Spend) -> None:
    """Each span that reports a call: whether it counts, by which rule, at which price, exactly."""
    trace_id = spend.call("0.000003", MONDAY)
    spend.save()

    (call,) = ok(client, f"traces/{trace_id}")["calls"]

    assert (call["counted"], call["rule"], call["price"], call["price_name"]) == (
        True, "only", "own", "of the test"
    )  # fmt: skip
    assert (call["cost_usd"], call["output_cost_usd"]) == (Decimal("0.000003"),) * 2
    assert call["start_time"] == "2025-06-02T00:00:00.000000000Z"
