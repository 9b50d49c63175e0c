"""Money, from the span that an app sends to the budget that stops it, on a real server and by the API alone."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.engine import Server, running_server, wait_until
from tests.samples import Traces, set_attributes

pytestmark = [pytest.mark.engine, pytest.mark.slow]

USAGE = {
    "gen_ai.operation.name": "chat",
    "gen_ai.usage.input_tokens": 2000,
    "gen_ai.usage.cache_read.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 500,
}
KNOWN = {**USAGE, "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}
KNOWN_USD = 1000 * 2.50e-6 + 1000 * 1.25e-6 + 500 * 10e-6
OWN = {**USAGE, "gen_ai.provider.name": "acme-ai", "gen_ai.request.model": "house-model"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one server for the story."""
    with running_server(tmp_path_factory.mktemp("money")) as server:
        yield server


def send(server: Server, tenant: str, usage: dict[str, Any], calls: int) -> None:
    """Send calls of a tenant, each reported by a framework's span and by its client's."""
    traces = Traces(start_ns=time.time_ns() - 60 * 10**9)
    for _ in range(calls):
        root = traces.span("POST /chat")
        set_attributes(root, {"tenant.id": tenant})
        framework = traces.span("framework", parent=root)
        set_attributes(framework, usage)
        set_attributes(traces.span("client", parent=framework), usage)
    answer = httpx.post(
        f"{server.otlp}/v1/traces",
        content=traces.body(),
        headers={"content-type": "application/x-protobuf"},
    )
    assert answer.status_code == 200


def spend(server: Server) -> dict[str, dict[str, Any]]:
    """Return usage by tenant."""
    start = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    rows = server.get("/usage", group_by="tenant,model", start=start)["rows"]
    return {row["tenant"]: row for row in rows}


def until(server: Server, tenant: str, **figures: Any) -> dict[str, Any]:
    """Wait until a tenant's figures are these."""

    def there() -> Any:
        row = spend(server).get(tenant, {})
        return row if all(row.get(k) == pytest.approx(v) for k, v in figures.items()) else None

    found: dict[str, Any] = wait_until(there, 60, what=f"{tenant} with {figures}")
    return found


def post(server: Server, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """POST to the API."""
    answer = httpx.post(f"{server.url}/api/v1{path}", json=body, timeout=30)
    assert answer.status_code in {200, 201, 202}, answer.text
    return dict(answer.json())


def own_price(output: str) -> dict[str, Any]:
    """Return an own price of the house model."""
    return {
        "kind": "rates",
        "provider": "acme-ai",
        "model": "house-model",
        "valid_from": "2020-01-01T00:00:00Z",
        "rates": {"input": "1", "output": output},
    }


def test_from_a_span_to_a_budget(server: Server) -> None:
    """Calls are counted once, priced, re-costed when a price was wrong, and a budget that is spent says no."""
    send(server, "north", KNOWN, 3)
    send(server, "south", OWN, 2)
    row = until(server, "north", requests=3, cost_usd=3 * KNOWN_USD)
    assert (row["input_tokens"], row["cache_read_tokens"], row["output_tokens"]) == (
        6000,
        3000,
        1500,
    )
    assert row["unpriced_requests"] == 0

    # No price is known for the house's own model: it is counted, and told.
    until(server, "south", requests=2, unpriced_requests=2, cost_usd=0)
    unpriced = server.get("/usage/unpriced")["models"]
    assert [model["request_model"] for model in unpriced] == ["house-model"]

    # Given a price it costs something at once.
    price = post(server, "/prices", own_price("4"))
    until(server, "south", unpriced_requests=0, cost_usd=2 * (2000 * 1e-6 + 500 * 4e-6))

    # The price was wrong. Stored calls keep what they cost until they are costed anew.
    changed = httpx.put(f"{server.url}/api/v1/prices/{price['id']}", json=own_price("8"))
    assert changed.status_code == 200, changed.text
    start = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    end = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    job = post(server, "/recosts", {"start": start, "end": end, "from": "prices"})

    def done() -> Any:
        found = server.get(f"/recosts/{job['id']}")
        assert found["state"] not in {"failed", "cancelled"}, found
        return found if found["state"] == "done" else None

    report = wait_until(done, 60, what="the end of the re-costing")["report"]
    assert report["changed_calls"] >= 2
    until(server, "south", cost_usd=2 * (2000 * 1e-6 + 500 * 8e-6))
    until(server, "north", cost_usd=3 * KNOWN_USD)

    # What is spent counts against a budget, of that tenant alone.
    post(
        server,
        "/budgets",
        {
            "name": "South",
            "dimension": "tenant",
            "value": "south",
            "period": "month",
            "limit_usd": "0.01",
            "enforce": True,
        },
    )

    def refused() -> bool:
        answer = server.get("/budgets/check", tenant="south", estimate_usd="0.005")
        return answer["allowed"] is False

    wait_until(refused, 30, what="a refusal")
    assert server.get("/budgets/check", tenant="north", estimate_usd="0.005")["allowed"] is True
