"""The pages of failures and of where it is worse, in a browser."""

import re
import time
import uuid

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, ask, wait_until
from tests.e2e.spans import IMAGE
from tests.samples import Traces, message, set_attributes

TRACES = 480
CUT = 68
"""Traces whose answer is cut off: 60 of the 120 of one tenant with one model, and 8 others."""


@pytest.fixture(scope="module")
def project(server: Server) -> str:
    """Return a project in which one tenant has worse answers with one model, and two calls timed out."""
    name = f"failing-{uuid.uuid4().hex[:8]}"
    traces, start = Traces(uuid.uuid4().int), time.time_ns() - 600 * 10**9
    for place in range(TRACES):
        add(traces, place, start + place * 10**9)
    httpx.post(
        f"{server.otlp}/v1/traces",
        content=traces.body(),
        headers={"content-type": "application/x-protobuf", "x-groundwire-project": name},
    ).raise_for_status()
    told = f"{server.url}/api/v1/stats?project={name}"
    wait_until(lambda: ask(told)["spans"]["stored"] == 2 * TRACES, "the spans")
    return name


def add(traces: Traces, place: int, start: int) -> None:
    """Add a trace: of every fourth the answer is cut half of the time, of others hardly ever."""
    tenant, model = ("acme", IMAGE)[place % 2], ("mini", "large")[place // 2 % 2]
    is_cut = place // 4 % 2 == 0 if place % 4 == 0 else place % 45 == 7
    root = traces.span("POST /chat", start_ns=start)
    set_attributes(root, {"tenant.id": tenant, "feature.name": "chat", "session.id": f"s{place}"})
    call = traces.span(f"chat {model}", parent=root, start_ns=start + 1000)
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": model,
        "gen_ai.input.messages": [message("user", "hi")],
        "gen_ai.output.messages": [message("assistant", "hello")],
        "gen_ai.response.finish_reasons": '["length"]' if is_cut else '["stop"]',
    }
    late = {"error.type": "TimeoutError", "gen_ai.output.messages": []} if place in {1, 5} else {}
    set_attributes(call, {**told, **late})


def test_a_cause_leads_to_the_span_that_shows_it(page: Page, server: Server, project: str) -> None:
    """By keys a cause is unfolded; it is told apart by tenant, and an example opens at its span."""
    page.goto(f"{server.url}/ui/quality/failures?project={project}")
    expect(page.locator(".gw-quality-summary")).to_contain_text("70 failed traces")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="All traces: "))
    expect(row).to_have_count(2)
    expect(row.first).to_contain_text(re.compile(rf"Truncated{CUT}.*14\s%11\s% to 18\s%"))
    expect(page.locator(".gw-failures-trend svg")).to_be_visible()
    page.get_by_label("Tell apart by").select_option(label="Tenant")
    expect(page).to_have_url(re.compile("by=tenant_id"))

    toggle = page.get_by_role("button", name="Truncated")
    toggle.press("Enter")

    expect(toggle).to_have_attribute("aria-expanded", "true")
    split = page.get_by_role("region", name="Truncated by tenant").get_by_role("row")
    expect(split.filter(has_text="acme")).to_contain_text(re.compile(r"acme\s*6\d"))
    # What spans say is shown as text.
    expect(split.filter(has_text="<img src=x")).to_have_count(1)
    examples = page.get_by_role("region", name="Examples: Truncated").get_by_role("listitem")
    expect(examples).to_have_count(3)
    expect(examples.first).to_contain_text("finish_reasons")
    examples.first.get_by_role("link", name="Span that shows it").click()
    expect(page).to_have_url(re.compile(r"traces/[0-9a-f]{32}\?.*span=[0-9a-f]{16}"))
    expect(page.locator("#span-head h2")).to_have_text(re.compile("chat (mini|large)"))


def test_all_traces_of_a_cause_can_be_listed(page: Page, server: Server, project: str) -> None:
    """Ranked by cost or not, a cause opens all its traces, page after page; a value opens those that have it."""
    page.goto(f"{server.url}/ui/quality/failures?project={project}&by=tenant_id")
    page.get_by_role("group", name="Rank by").get_by_role("button", name="Cost").click()
    expect(page).to_have_url(re.compile("rank=cost"))
    page.get_by_role("link", name="All traces: Truncated").click()
    traces = page.get_by_role("table", name="Traces: Truncated").locator("tbody tr")
    expect(traces).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(traces).to_have_count(CUT)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)

    page.get_by_role("link", name="All causes").click()
    page.get_by_role("button", name="Timeout").click()
    page.get_by_role("link", name="Timeout: 2 traces of <img").click()

    late = page.get_by_role("table", name="Traces: Timeout").locator("tbody tr")
    expect(late).to_have_count(2)
    expect(late.first).to_contain_text("TimeoutError")
    expect(page.get_by_label("Filter", exact=True)).to_have_value(re.compile("tenant_id = "))


def test_a_worse_segment_is_found_and_opens(page: Page, server: Server, project: str) -> None:
    """The pair is named with what it was compared with; its traces and another outcome have addresses of their own."""
    page.goto(f"{server.url}/ui/quality/worse?project={project}")
    segment = page.get_by_role("listitem", name="Model mini, Tenant acme")
    expect(segment).to_contain_text("120 traces")
    expect(segment).to_contain_text(re.compile(r"50\s%\s*here"))
    expect(segment).to_contain_text(re.compile("Held equal.*feature"))
    summary = page.locator(".gw-worse-summary")
    expect(summary).to_contain_text("False-discovery rate 5.0\u2009%")
    expect(summary).to_contain_text(re.compile(r"\d+ segments with at least 30 traces tested"))
    segment.get_by_role("link", name=re.compile("120 traces of .*, the worst first")).click()
    rows = page.get_by_role("table", name=re.compile("Traces of")).locator("tbody tr")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("yes")
    page.get_by_role("link", name="All segments").click()
    expect(segment).to_be_visible()

    page.get_by_label("Outcome").select_option(label="Time a trace takes")
    page.get_by_role("button", name="Search").click()

    expect(page).to_have_url(re.compile("outcome=latency"))
    expect(page.get_by_text("Nowhere worse, as far as can be told")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Outcome")).to_have_value("latency")
    expect(summary).to_contain_text("typical time of a trace")
