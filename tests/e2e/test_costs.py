"""The cost pages in a browser: from a rise of spend to its traces, prices and re-costing, models without a price."""

import re
import time
import uuid
from typing import Any

import pytest
from opentelemetry.trace import set_span_in_context
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, new_context, wait_until
from tests.e2e.conftest import ask as read_json
from tests.e2e.spans import provider_for, trace_id_of
from tests.e2e.test_members import closed, sign_in, visitor  # noqa: F401 - fixtures
from tests.engine import Server as ClosedServer

_DAY_NS = 86_400 * 10**9
LONG = "a-tenant-with-quite-a-long-name-that-goes-on-and-on-and-on-until-nothing-of-it-fits"


@pytest.fixture
def project() -> str:
    """Return the name of a project that no other test uses."""
    return f"money-{uuid.uuid4().hex[:8]}"


def call(server: Server, project: str, count: int = 1, **more: Any) -> list[str]:
    """Send traces of one model call each; return their ids."""
    wanted: dict[str, Any] = {
        "tenant": "acme",
        "feature": "chat",
        "model": "gpt-4o",
        "days_ago": 0.1,
    } | more
    provider = provider_for(server.otlp, project)
    tracer = provider.get_tracer("app")
    at = time.time_ns() - int(wanted["days_ago"] * _DAY_NS)
    ids = []
    for number in range(count):
        start = at + number * 10**9
        root = tracer.start_span(f"POST /{wanted['feature']}", start_time=start)
        root.set_attribute("tenant.id", wanted["tenant"])
        root.set_attribute("feature.name", wanted["feature"])
        root.set_attribute("session.id", f"{project}-{number}")
        below = tracer.start_span(
            f"chat {wanted['model']}", context=set_span_in_context(root), start_time=start + 1000
        )
        below.set_attribute("gen_ai.operation.name", "chat")
        below.set_attribute("gen_ai.provider.name", "openai")
        below.set_attribute("gen_ai.request.model", wanted["model"])
        below.set_attribute("gen_ai.usage.input_tokens", wanted.get("input", 100_000))
        below.set_attribute("gen_ai.usage.output_tokens", 10_000)
        below.end(start + 10**9)
        root.end(start + 2 * 10**9)
        ids.append(trace_id_of(root))
    provider.shutdown()
    return ids


def usage(server: Server, project: str) -> dict[str, Any]:
    """Return what a project spent in the last 30 days."""
    url = f"{server.url}/api/v1/usage?project={project}&start=-30d&end=now"
    return dict(read_json(url)["totals"])


def settle(server: Server, project: str, requests: int, *, unpriced: int = 0) -> None:
    """Wait until all calls are costed and rolled up."""

    def known() -> bool:
        found = usage(server, project)
        return (found["requests"], found["unpriced_requests"]) == (requests, unpriced)

    wait_until(known, f"{requests} costed calls")


def rise(server: Server, project: str) -> list[str]:
    """Spend a little last week, and this week much more on one tenant; return the traces of that."""
    call(server, project, 2, days_ago=9)
    call(server, project, 2, tenant="beta", feature="search", days_ago=9)
    call(server, project, 2, tenant="beta", feature="search", days_ago=2)
    grown = call(server, project, 8, days_ago=2)
    settle(server, project, 14)
    return grown


class Clicks:
    """Counts what a reader clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.add_init_script(
            "addEventListener('click', (e) => e.isTrusted && sessionStorage.setItem('clicks', "
            "Number(sessionStorage.getItem('clicks') || 0) + 1), true)"
        )

    @property
    def count(self) -> int:
        """Clicks since the browser was opened."""
        return int(self.page.evaluate("Number(sessionStorage.getItem('clicks') || 0)"))


def test_from_a_rise_to_the_tenant_and_its_traces_in_four_clicks(
    page: Page, server: Server, project: str
) -> None:
    """From the list of traces: to the costs, to the tenant that explains the rise, to its very traces."""
    grown = rise(server, project)
    clicks = Clicks(page)
    page.goto(f"{server.url}/ui/traces?project={project}")
    costs = page.get_by_role("navigation", name="Pages").get_by_role("link", name="Costs")
    expect(costs).to_have_attribute("href", re.compile(project))

    costs.click()
    rose = page.get_by_role("region", name="Spend rose")
    expect(rose).to_contain_text("explains +$2.10 of +$2.10")
    rose.get_by_role("link", name="Tenant acme", exact=True).click()
    expect(page).to_have_url(re.compile("costs/breakdown.*tenant=acme"))
    # Until the page is replaced, the one that is left has a link of that name, for all tenants.
    expect(page.get_by_role("heading", name="Cost breakdown")).to_be_visible()
    page.get_by_role("link", name="Traces of this spend").click()
    rows = page.locator(".ag-center-cols-container .ag-row:has(.gw-cell-trace)")
    expect(rows).to_have_count(len(grown))
    rows.first.locator(".gw-cell-link").click()

    expect(page.get_by_role("treeitem").first).to_be_visible()
    assert page.url.split("/traces/")[1].split("?")[0] in grown
    assert clicks.count <= 4


def test_a_price_is_changed_and_stored_calls_follow(
    page: Page, server: Server, project: str
) -> None:
    """A new price leaves stored calls alone until they are re-costed; then the overview has the new sum."""
    call(server, project, 4)
    settle(server, project, 4)
    page.goto(f"{server.url}/ui/costs?project={project}")
    spend = page.locator(".gw-costs-card", has_text="Spend").first
    expect(spend).to_contain_text("$1.40")  # 4 x (100,000 x $2.50 + 10,000 x $10) a million

    page.get_by_role("link", name="Prices", exact=True).click()
    page.get_by_role("button", name="Add a price").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Model", exact=True).fill("gpt-4o")
    form.get_by_label("Begin from a list price").fill("gpt-4o")
    form.get_by_role("button", name="openai/gpt-4o $2.50", exact=False).first.click()
    expect(form.get_by_label("Input", exact=True)).to_have_value("2.5")
    form.get_by_label("Input", exact=True).fill("5")
    form.get_by_label("Output", exact=True).fill("20")
    form.get_by_label("Valid from").fill("2020-01-01T00:00")
    form.get_by_role("button", name="Add the price").click()
    expect(page.locator("#prices-own tbody tr")).to_contain_text("$5.00")
    assert round(usage(server, project)["cost_usd"], 6) == 1.4

    page.get_by_role("status").get_by_role("button", name="Re-cost stored calls").click()
    page.get_by_role("dialog").get_by_role("button", name="Last 7 days").click()
    page.get_by_role("dialog").get_by_role("button", name="Start").click()
    recost = page.locator(".gw-job").first
    expect(recost).to_have_attribute("data-state", "done", timeout=60_000)
    expect(recost).to_contain_text("$1.40 → $2.80")
    page.get_by_role("link", name="Overview").click()

    expect(page.locator(".gw-costs-card", has_text="Spend").first).to_contain_text("$2.80")


def test_a_model_without_a_price_is_one_click_from_one(
    page: Page, server: Server, project: str
) -> None:
    """It is listed, never free; its form is filled in; once it has a price the list is empty and it costs."""
    call(server, project, 3, model="acme-tuned-7b")
    settle(server, project, 3, unpriced=3)
    page.goto(f"{server.url}/ui/costs?project={project}")
    expect(page.locator(".gw-costs-card", has_text="Unpriced")).to_contain_text("3")

    page.get_by_role("link", name="Set prices").click()
    row = page.locator("tr[data-model='acme-tuned-7b']")
    expect(row).to_contain_text("300k")
    row.get_by_role("link", name="Set a price").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("Model", exact=True)).to_have_value("acme-tuned-7b")
    expect(form.get_by_label("Provider", exact=True)).to_have_value("openai")
    form.get_by_label("Input", exact=True).fill("1")
    form.get_by_label("Output", exact=True).fill("10")
    page.keyboard.press("Enter")
    expect(form).to_have_count(0)
    settle(server, project, 3)
    page.get_by_role("link", name="Unpriced").click()

    expect(page.get_by_text("Every call of this time range has a price")).to_be_visible()
    assert round(usage(server, project)["cost_usd"], 6) == 0.6


def test_the_breakdown_narrows_by_a_click_and_a_link_opens_the_same(
    page: Page, server: Server, project: str
) -> None:
    """A value is a filter: it stands as a chip and in the URL, and taking it off widens the page again."""
    call(server, project, 3, feature="chat")
    call(server, project, 2, tenant=LONG, feature="search")
    settle(server, project, 5)
    page.goto(f"{server.url}/ui/costs/breakdown?project={project}")
    body = page.locator(".gw-costs-grid tbody tr")
    expect(body).to_have_count(2)
    page.get_by_role("button", name="search", exact=True).first.click()
    expect(body).to_have_count(1)
    expect(page.get_by_role("button", name="Feature search: remove")).to_be_visible()
    expect(page).to_have_url(re.compile("feature=search"))

    assert page.context.browser is not None
    context = new_context(page.context.browser)
    other = context.new_page()
    other.goto(page.url)
    expect(other.locator(".gw-costs-grid tbody tr")).to_have_count(1)
    expect(other.locator(".gw-costs-grid tbody tr")).to_contain_text(LONG)
    context.close()
    page.get_by_role("button", name="Feature search: remove").click()
    expect(body).to_have_count(2)
    page.go_back()
    expect(body).to_have_count(1)


def test_a_bar_of_the_spread_leads_to_its_traces(page: Page, server: Server, project: str) -> None:
    """The requests that cost most are one bar; opened by the keyboard it shows just their traces."""
    call(server, project, 3)
    dear = call(server, project, 1, input=900_000)
    settle(server, project, 4)
    page.goto(f"{server.url}/ui/costs/breakdown?project={project}")

    bar = page.locator("#spread .gw-costs-bar-link").last
    expect(bar).to_have_attribute("aria-label", re.compile("^1 request of"))
    bar.focus()
    page.keyboard.press("Enter")

    rows = page.locator(".ag-center-cols-container .ag-row:has(.gw-cell-trace)")
    expect(rows).to_have_count(1)
    expect(rows.first.locator(".gw-cell-link")).to_have_attribute("href", re.compile(dear[0]))


def test_what_is_shown_can_be_taken_along(page: Page, server: Server, project: str) -> None:
    """The table is a file away: CSV with its dimensions as columns, and Parquet."""
    call(server, project, 2)
    settle(server, project, 2)
    page.goto(f"{server.url}/ui/costs/breakdown?project={project}&by=tenant,model")

    with page.expect_download() as started:
        page.get_by_role("link", name="Export as CSV").click()
    head, first, *_ = started.value.path().read_text().splitlines()
    assert head.replace('"', "").startswith("tenant,model,")
    assert first.replace('"', "").startswith("acme,gpt-4o,")
    with page.expect_download() as started:
        page.get_by_role("link", name="Export as Parquet").click()
    assert started.value.path().read_bytes()[:4] == b"PAR1"


def test_a_call_says_what_it_cost_and_why(page: Page, server: Server, project: str) -> None:
    """On its trace a call has its cost, the price that was applied, and that it counts."""
    [trace_id] = call(server, project)
    settle(server, project, 1)
    page.goto(f"{server.url}/ui/traces/{trace_id}?project={project}")

    page.get_by_role("treeitem").nth(1).click()
    expect(page.locator("#span-head")).to_contain_text("$0.3500")
    page.get_by_role("tab", name="Tokens & timings").click()

    cost = page.locator(".gw-section", has_text="Cost").first
    expect(cost).to_contain_text("list price · openai/gpt-4o")
    expect(cost).to_contain_text("nothing else reports this call")


def test_pages_say_what_is_missing(page: Page, server: Server, project: str) -> None:
    """Without calls, with values that none has, and with a question that means nothing, a page says so."""
    page.goto(f"{server.url}/ui/costs?project={project}")
    expect(page.get_by_text("No model calls in this time range")).to_be_visible()
    page.goto(f"{server.url}/ui/costs/hosting?project={project}")
    expect(page.get_by_text("No self-hosted model in this time range")).to_be_visible()

    call(server, project, 1)
    settle(server, project, 1)
    page.goto(f"{server.url}/ui/costs/breakdown?project={project}&tenant=nobody")
    expect(page.get_by_text("No model call fits")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator(".gw-costs-grid tbody tr")).to_have_count(1)
    page.goto(f"{server.url}/ui/costs/breakdown?project={project}&by=colour")
    expect(page.locator(".gw-toast")).to_contain_text("there are no costs by 'colour'")
    expect(page.locator(".gw-costs-grid tbody tr")).to_have_count(1)


def test_the_keyboard_sorts_the_breakdown(page: Page, server: Server, project: str) -> None:
    """A column's head is a button that keeps the focus; what the order is, its column says."""
    call(server, project, 3)
    call(server, project, 1, tenant="beta", input=900_000)
    settle(server, project, 4)
    page.goto(f"{server.url}/ui/costs/breakdown?project={project}")
    page.get_by_role("button", name="Requests", exact=False).first.focus()

    page.keyboard.press("Enter")

    head = page.get_by_role("columnheader", name="Requests")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(page.locator(".gw-costs-grid tbody tr").first).to_contain_text("acme")
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(page.locator(".gw-costs-grid tbody tr").first).to_contain_text("beta")


def test_a_viewer_sees_prices_and_changes_none(
    visitor: Page,  # noqa: F811 - the fixture
    closed: ClosedServer,  # noqa: F811 - as above
) -> None:
    """Who may only read sees costs, prices and re-costings, and no button that would be refused."""
    sign_in(visitor, closed, "ann@example.com", "/ui/costs/prices?set_model=gpt-4o")
    expect(visitor.get_by_text("Editors of the project can change prices.")).to_be_visible()
    expect(visitor.get_by_text("Nothing has been re-costed yet.")).to_be_visible()
    expect(visitor.get_by_text("No model has been called yet")).to_be_visible()

    expect(visitor.get_by_role("button", name=re.compile("price|Re-cost"))).to_have_count(0)
    expect(visitor.get_by_role("dialog")).to_have_count(0)
    visitor.get_by_role("link", name="Overview").click()
    expect(visitor.get_by_text("No model calls in this time range")).to_be_visible()
