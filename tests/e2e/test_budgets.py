"""The page of budgets in a browser: made, seen, followed to what is behind, changed, removed."""

import json
import re
import urllib.request
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Server, wait_until
from tests.e2e.conftest import ask as read_json
from tests.e2e.spans import provider_for


@pytest.fixture
def project() -> str:
    """Return the name of a project that no other test uses."""
    return f"budgeted-{uuid.uuid4().hex[:8]}"


def send(server: Server, method: str, path: str, project: str, body: dict[str, Any]) -> Any:
    """Send JSON to the API; return the answer's."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{server.url}/api/v1/{path}?project={project}",
        json.dumps(body).encode(),
        {"content-type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
        return json.load(answer)


def spend(server: Server, project: str) -> None:
    """Spend 3 USD of acme and 1 USD of globex, on a model with a price of the project's own."""
    price = {
        "model": "house-model",
        "valid_from": "2020-01-01T00:00:00Z",
        "rates": {"input": "0", "output": "1"},
    }
    send(server, "POST", "prices", project, price)
    provider = provider_for(server.otlp, project)
    tracer = provider.get_tracer("app")
    for tenant, tokens in (("acme", 3_000_000), ("globex", 1_000_000)):
        with tracer.start_as_current_span("chat house-model") as span:
            span.set_attribute("gen_ai.operation.name", "chat")
            span.set_attribute("gen_ai.request.model", "house-model")
            span.set_attribute("gen_ai.usage.input_tokens", 1)
            span.set_attribute("gen_ai.usage.output_tokens", tokens)
            span.set_attribute("tenant.id", tenant)
            span.set_attribute("feature.name", "chat")
    provider.shutdown()


def spent(server: Server, project: str) -> bool:
    """Tell whether all of it is counted: a budget that is made for the question, and removed."""
    sent = {"name": "probe", "dimension": "feature", "value": "chat", "period": "month"}
    made = send(server, "POST", "budgets", project, {**sent, "limit_usd": 5})
    listed = read_json(f"{server.url}/api/v1/budgets?project={project}")["budgets"]
    send(server, "DELETE", f"budgets/{made['id']}", project, {})
    return any(budget["standings"][0]["spent_usd"] == 4 for budget in listed)


def test_a_budget_is_made_followed_changed_and_removed(
    page: Page, server: Server, project: str
) -> None:
    """From an empty page: each tenant's bar, the traces behind a figure, a higher limit, and none again."""
    spend(server, project)
    wait_until(lambda: spent(server, project), "the spend")

    page.goto(f"{server.url}/ui/budgets?project={project}")
    expect(page.get_by_text("There is no budget yet")).to_be_visible()
    page.get_by_role("button", name="Make the first budget").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Each customer")
    dialog.get_by_label("Budget of").select_option("tenant")
    dialog.get_by_label("Limit in USD").fill("3.5")
    expect(dialog.get_by_label("Time zone")).to_have_value(re.compile("Asia/"))
    dialog.get_by_role("button", name="Make the budget").click()

    acme = page.locator("tr[data-value=acme]")
    expect(acme).to_contain_text("$3.00")
    expect(acme).to_contain_text("of $3.50 · 86\u2009%")
    expect(acme).to_contain_text("close to its limit")
    expect(acme).to_contain_text("No forecast yet")
    expect(acme).to_contain_text("needs 14 whole days of history")
    expect(acme.get_by_role("img")).to_have_attribute("aria-label", "$3.00 of $3.50 spent")
    expect(page.locator("tr[data-value=globex]")).to_contain_text("$1.00")
    expect(page.get_by_text("1 close to it")).to_be_visible()

    acme.get_by_role("link", name="Traces behind").click()
    rows = page.locator(".ag-center-cols-container .ag-row:has(.gw-cell-trace)")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("chat house-model")
    page.go_back()

    page.get_by_role("button", name="Change Each customer").click()
    dialog.get_by_label("Limit in USD").fill("2")
    dialog.get_by_label("Deny calls once it is used up").check()
    dialog.get_by_role("button", name="Save").click()
    expect(acme).to_contain_text("used up")
    expect(page.locator("tr").filter(has_text="Each customer")).to_contain_text("denies")
    checked = read_json(f"{server.url}/api/v1/budgets/check?project={project}&tenant=acme")
    assert checked["allowed"] is False

    page.get_by_role("button", name="Remove Each customer").click()
    page.get_by_role("button", name="Remove the budget").click()
    expect(page.get_by_text("There is no budget yet")).to_be_visible()


def test_figures_lead_to_the_costs_behind_them(page: Page, server: Server, project: str) -> None:
    """The rate of a tenant leads to the costs of the same tenant and hours."""
    spend(server, project)
    wait_until(lambda: spent(server, project), "the spend")
    sent = {"name": "Acme", "dimension": "tenant", "value": "acme", "period": "day"}
    send(server, "POST", "budgets", project, {**sent, "limit_usd": 10})

    page.goto(f"{server.url}/ui/budgets?project={project}")
    page.get_by_role("link", name=re.compile("an hour that Tenant acme spends")).click()

    expect(page).to_have_url(re.compile(r"/ui/costs\?.*tenant=acme"))
    expect(page).to_have_url(re.compile("range=3h"))
    expect(page.get_by_role("button", name="Tenant acme: remove")).to_be_visible()


def test_what_is_wrong_is_said_in_the_form(page: Page, server: Server, project: str) -> None:
    """The form stays open with what was typed and the server's word on it."""
    spend(server, project)
    page.goto(f"{server.url}/ui/budgets?project={project}")
    page.get_by_role("button", name="Make the first budget").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("All")
    dialog.get_by_label("Limit in USD").fill("-1")
    dialog.get_by_role("button", name="Make the budget").click()

    expect(dialog.get_by_role("alert")).to_contain_text("more than 0")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("All")


def test_an_error_is_said_and_can_be_tried_again(page: Page, server: Server, project: str) -> None:
    """Where the server refuses, the page says so; once it answers, the page is there."""
    away = {
        "error": {"code": "store_unavailable", "message": "the store is away", "hint": "try again"}
    }
    refuse = True

    def answer(route: Route) -> None:
        if refuse:
            route.fulfill(status=503, json=away)
        else:
            route.continue_()

    page.route(re.compile("/api/v1/budgets"), answer)
    page.goto(f"{server.url}/ui/budgets?project={project}")
    expect(page.get_by_role("alert")).to_contain_text("The store is away")

    refuse = False
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("There is no budget yet")).to_be_visible()
