"""The page of quality in a browser."""

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, new_context, wait_listed
from tests.e2e.spans import provider_for, trace_id_of
from tests.e2e.test_feedback import judge


@pytest.fixture
def project() -> str:
    """Return the name of a project that no other test uses."""
    return f"rated-{uuid.uuid4().hex[:8]}"


def ask(server: Server, project: str, feature: str, count: int) -> list[str]:
    """Send traces of a feature; return their ids."""
    provider = provider_for(server.otlp, project)
    tracer = provider.get_tracer("app")
    ids = []
    for _ in range(count):
        with tracer.start_as_current_span(f"POST /{feature}") as root:
            root.set_attribute("feature.name", feature)
            root.set_attribute("tenant.id", "acme")
        ids.append(trace_id_of(root))
    provider.shutdown()
    wait_listed(server.url, project, ids)
    return ids


def fill(server: Server, project: str) -> None:
    """Send twelve good answers of one feature and twelve bad ones of another, and two of a third."""
    good, bad = ask(server, project, "search", 12), ask(server, project, "chat", 12)
    few = ask(server, project, "a-feature-with-quite-a-long-name-that-goes-on-and-on", 2)
    given = [(one, True) for one in (*good, *few)] + [(one, False) for one in bad]
    judge(server, project, *[
        {"name": "user_feedback", "value": value, "source": "human", "author": "u", "trace_id": one}
        for one, value in given
    ])  # fmt: skip


def test_rates_by_feature_lead_to_their_traces(page: Page, server: Server, project: str) -> None:
    """Each feature has its share and interval; few evaluations are said to be few; a row leads to its traces."""
    fill(server, project)

    page.goto(f"{server.url}/ui/quality?project={project}")
    expect(page.locator(".gw-quality-summary")).to_contain_text("54\u2009%")
    page.get_by_label("By", exact=True).select_option(label="Feature")

    row = page.get_by_role("row").filter(has_text="search")
    expect(row).to_contain_text("100\u2009%")
    expect(row).to_contain_text("76\u2009% to 100\u2009%")
    expect(page.get_by_role("row").filter(has_text="on-and-on")).to_contain_text("too few to tell")
    expect(page).to_have_url(re.compile("by=feature"))
    page.get_by_role("row").filter(has_text="chat").get_by_role("link").click()
    rows = page.locator(".ag-center-cols-container .ag-row:has(.gw-cell-trace)")
    expect(rows).to_have_count(12)
    expect(rows.first).to_contain_text("POST /chat")


def test_a_rate_changes_with_a_judgement(page: Page, server: Server, project: str) -> None:
    """An answer that is rated on its page counts when the rates are next looked at."""
    (first, second) = ask(server, project, "search", 2)
    by_bob = {"value": True, "source": "human", "author": "bob"}
    judge(server, project, {"name": "review", "trace_id": second, **by_bob})
    page.goto(f"{server.url}/ui/quality?project={project}")
    expect(page.locator(".gw-quality-value")).to_have_text("100\u2009%")

    page.goto(f"{server.url}/ui/traces/{first}?project={project}")
    expect(page.get_by_role("treeitem").first).to_be_visible()
    page.keyboard.press("-")
    expect(page.locator(".gw-evaluation")).to_contain_text("bad")
    page.get_by_role("link", name="Quality").click()

    expect(page.locator(".gw-quality-value")).to_have_text("50\u2009%")
    expect(page.locator(".gw-quality-summary")).to_contain_text("too few to rely on")


def test_a_link_opens_the_same_table(page: Page, server: Server, project: str) -> None:
    """Name, dimensions, order of time and filter stand in the URL; going back undoes the last choice."""
    fill(server, project)
    page.goto(f"{server.url}/ui/quality?project={project}&by=feature")
    page.get_by_label("And by", exact=True).select_option(label="Tenant")
    expect(page.get_by_role("columnheader", name="Tenant")).to_be_visible()
    page.get_by_label("Filter", exact=True).fill('feature = "chat"')
    page.keyboard.press("Enter")
    expect(page.locator(".gw-quality-table tbody tr")).to_have_count(1)

    assert page.context.browser is not None
    context = new_context(page.context.browser)
    other = context.new_page()
    other.goto(page.url)
    expect(other.locator(".gw-quality-table tbody tr")).to_have_count(1)
    expect(other.locator(".gw-quality-table tbody tr")).to_contain_text("acme")
    context.close()
    page.go_back()
    expect(page.locator(".gw-quality-table tbody tr")).to_have_count(3)


def test_says_what_is_missing(page: Page, server: Server, project: str) -> None:
    """Without evaluations, with a filter that finds none, and with a wrong filter the page says so."""
    ask(server, project, "search", 1)
    page.goto(f"{server.url}/ui/quality?project={project}")
    expect(page.get_by_text("No evaluations in this time range")).to_be_visible()

    fill(server, project + "b")
    page.goto(f"{server.url}/ui/quality?project={project}b&filter=feature+%3D+%22none%22")
    expect(page.get_by_text("No evaluation of user_feedback fits")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").last.click()
    expect(page.locator(".gw-quality-table tbody tr")).to_have_count(1)
    page.get_by_label("Filter", exact=True).fill("feature = ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="The filter is not right")).to_be_visible()


def test_the_keyboard_sorts_the_table(page: Page, server: Server, project: str) -> None:
    """A column's head is a button that keeps the focus; what the order is, its column says."""
    fill(server, project)
    page.goto(f"{server.url}/ui/quality?project={project}&by=feature")
    button = page.get_by_role("button", name="Share")
    button.focus()

    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Share")).to_have_attribute(
        "aria-sort", "descending"
    )
    page.keyboard.press("Enter")

    expect(page.get_by_role("columnheader", name="Share")).to_have_attribute(
        "aria-sort", "ascending"
    )
    expect(page.locator(".gw-quality-table tbody tr").first).to_contain_text("chat")
