"""The page of savings in a browser, on the demo's traffic."""

import json
import re
import threading
import uuid
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from demo.plan import DemoPlan
from demo.run import run
from tests.e2e.conftest import Server, wait_until
from tests.e2e.conftest import ask as read_json

TRACES = 300


@pytest.fixture(scope="module")
def project(server: Server) -> str:
    """Return a project with some days of side work, priced."""
    name = f"saving-{uuid.uuid4().hex[:8]}"
    plan = DemoPlan(seed=4, traces=TRACES, side_share=1.0, backfill=timedelta(days=9))
    headers = {"x-groundwire-project": name}
    run(plan, server.otlp, headers=headers, progress=lambda _: None, stop=threading.Event())
    usage = f"{server.url}/api/v1/usage?project={name}&start=-20d&end=now"

    def is_priced() -> bool:
        rows = read_json(usage)["rows"]
        return bool(rows) and rows[0]["requests"] == TRACES and not rows[0]["unpriced_requests"]

    wait_until(is_priced, "priced calls")
    return name


def test_savings_lead_to_the_traces_behind_them(page: Page, server: Server, project: str) -> None:
    """Each way has its figure, interval and assumptions; a group and a piece of evidence lead to traces."""
    page.goto(f"{server.url}/ui/savings?project={project}&range=14d")
    expect(page.locator(".gw-savings-total")).to_contain_text("$")
    expect(page.get_by_role("region", name="All together")).to_contain_text(f"{TRACES} calls")

    batches = page.get_by_role("region", name="Send what nobody waits for as batches")
    expect(batches).to_contain_text("95 % interval $")
    expect(batches).to_contain_text("taken alone")
    batches.get_by_text("What this assumes").click()
    expect(batches).to_contain_text("Nobody waits for a trace without user")
    expect(
        page.get_by_role("region", name="Use a cheaper model that does as well")
    ).to_contain_text("not enough evidence")

    repeats = page.get_by_role("region", name="Cache answers to repeated requests")
    repeats.get_by_text(re.compile(r"Evidence: \d+ trace")).click()
    repeats.get_by_role("link", name=re.compile("…$")).first.click()
    expect(page.get_by_role("treeitem").first).to_contain_text("help-box")

    page.go_back()
    batches.get_by_role("link", name=re.compile("Traces of ticket-triage")).first.click()
    expect(page).to_have_url(re.compile("/ui/traces"))
    rows = page.locator(".ag-center-cols-container .ag-row:has(.gw-cell-trace)")
    expect(rows.first).to_contain_text("job ticket-triage")


def test_caches_that_keep_longer_save_more(page: Page, server: Server, project: str) -> None:
    """The choice is part of the address, and the figure follows it."""
    page.goto(f"{server.url}/ui/savings?project={project}&range=14d&kept=1h")
    figure = page.get_by_role("region", name="Cache answers to repeated").locator(".gw-savings-usd")
    expect(figure).to_be_visible()
    short = figure.inner_text()
    page.get_by_label("Caches keep an answer for").select_option(label="1 week")
    expect(page).to_have_url(re.compile("kept=7d"))
    expect(figure).not_to_have_text(short)


def test_a_range_without_calls_says_so(page: Page, server: Server) -> None:
    """An empty project is told from one that saves nothing."""
    page.goto(f"{server.url}/ui/savings?project=empty-{uuid.uuid4().hex[:8]}&range=14d")
    expect(page.get_by_text("No model calls in this time range")).to_be_visible()


def test_a_report_in_work_shows_how_far_it_is(page: Page, server: Server, project: str) -> None:
    """The page shows the step and a bar, and then the report, by itself."""
    asked = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 2:
            route.continue_()
            return
        working = {
            "state": "working",
            "step": "Comparing questions",
            "done": 0.4,
            "start": "2026-01-01T00:00:00Z",
            "end": "2026-01-02T00:00:00Z",
            "report": None,
        }
        route.fulfill(status=200, content_type="application/json", body=json.dumps(working))

    page.route("**/api/v1/savings*", answer)
    page.goto(f"{server.url}/ui/savings?project={project}&range=14d")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "0.4")
    expect(page.get_by_text("Comparing questions …")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    assert "start=2026-01-01" in asked[1]


def test_a_failure_offers_to_try_again(page: Page, server: Server, project: str) -> None:
    """The error is told in words, and the button asks once more."""
    body = {
        "error": {"code": "timeout", "message": "the question took too long", "hint": "shorten"}
    }
    page.route(
        "**/api/v1/savings*",
        lambda route: route.fulfill(
            status=504, content_type="application/json", body=json.dumps(body)
        ),
    )
    page.goto(f"{server.url}/ui/savings?project={project}&range=14d")
    expect(page.get_by_role("alert")).to_contain_text("The question took too long")
    page.unroute("**/api/v1/savings*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".gw-savings-total")).to_be_visible()
