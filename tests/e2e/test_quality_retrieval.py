"""The page of retrieval in a browser, over what the server's own evaluators say."""

import re
import time
import uuid

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, ask, wait_until
from tests.e2e.spans import IMAGE
from tests.samples import Traces, message, set_attributes

TRACES = 6
PASSAGE = "Refunds are paid within five working days to the card that was used."
BESIDE = "Parcels leave the warehouse in Rotterdam every weekday evening."
QUESTION = "Within how many working days are refunds paid?"


@pytest.fixture(scope="module")
def project(server: Server) -> str:
    """Return a project in which answers rest on the second of two passages, and one retrieval found nothing."""
    name = f"retrieving-{uuid.uuid4().hex[:8]}"
    traces, start = Traces(uuid.uuid4().int), time.time_ns() - 600 * 10**9
    for place in range(TRACES):
        add(traces, start + place * 10**9, is_empty=place == 0)
    httpx.post(
        f"{server.otlp}/v1/traces",
        content=traces.body(),
        headers={"content-type": "application/x-protobuf", "x-groundwire-project": name},
    ).raise_for_status()
    for evaluator in ("groundedness", "context_relevance"):
        said = f"{server.url}/api/v1/evaluations?project={name}&name={evaluator}"
        wait_until(lambda: len(ask(said)["evaluations"]) == TRACES, evaluator)  # noqa: B023 - at once
    return name


def add(traces: Traces, start: int, *, is_empty: bool) -> None:
    """Add a trace that asks a collection whose name and titles are hostile."""
    root = traces.span("POST /chat", start_ns=start)
    found = traces.span("retrieve", parent=root, start_ns=start + 1000)
    documents = [
        {"id": "parcels", "content": BESIDE, "score": 0.9, "title": IMAGE},
        {"id": "refunds", "content": PASSAGE, "score": 0.4, "title": "Refunds"},
    ]
    set_attributes(found, {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": IMAGE,
        "gen_ai.retrieval.documents": [] if is_empty else documents,
    })  # fmt: skip
    call = traces.span("chat m", parent=root, start_ns=start + 2000)
    set_attributes(call, {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": [message("user", QUESTION)],
        "gen_ai.output.messages": [message("assistant", PASSAGE)],
    })  # fmt: skip


def test_figures_lead_to_their_traces(page: Page, server: Server, project: str) -> None:
    """Each measure stands with its interval; one is chosen by keys; the empty retrieval is one click away."""
    page.goto(f"{server.url}/ui/quality/retrieval?project={project}")
    table = page.get_by_role("table", name="Measures of retrieval")
    used = table.get_by_role("row").filter(has_text="Contexts used")
    expect(used).to_contain_text("50\u2009%")
    expect(used).to_contain_text("10 contexts")
    expect(table.get_by_role("row").filter(has_text="First used rank")).to_contain_text("2")
    expect(table.get_by_role("row").filter(has_text="Low scores")).to_contain_text("not known")
    ranks = page.get_by_role("table", name="Contexts by rank")
    expect(ranks.get_by_role("row").nth(2)).to_contain_text("100\u2009%")
    vain = page.get_by_role("table", name="Documents that were never used")
    expect(vain.get_by_role("row").nth(1)).to_contain_text(IMAGE)
    expect(vain.get_by_role("row").nth(1)).to_contain_text("parcels")

    page.get_by_role("button", name="Empty retrievals").focus()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("measure=empty"))
    expect(page.get_by_role("img", name=re.compile("Empty retrievals over time"))).to_be_visible()
    page.get_by_label("By", exact=True).select_option(label="Data source")
    row = page.get_by_role("table", name="Retrieval by data source").get_by_role("row").nth(1)
    expect(row).to_contain_text(IMAGE)
    table.get_by_role("link", name=re.compile("Empty retrievals")).click()
    expect(page).to_have_url(re.compile("/ui/traces"))
    rows = page.locator(".ag-center-cols-container .ag-row:has(.gw-cell-trace)")
    expect(rows).to_have_count(1)


def test_a_project_without_retrieval_says_so(page: Page, server: Server) -> None:
    """Nothing is made up where nothing was retrieved, and a wrong address is told."""
    nothing = f"nothing-{uuid.uuid4().hex[:8]}"
    page.goto(f"{server.url}/ui/quality/retrieval?project={nothing}")
    expect(page.get_by_text("No retrieval in this time range")).to_be_visible()

    page.goto(f"{server.url}/ui/quality/retrieval?project={nothing}&by=colour")
    expect(page.get_by_role("alert")).to_contain_text("colour")
