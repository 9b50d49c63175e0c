"""The pages of evaluators in a browser: how they are doing, another threshold and what it would change, backfills."""

import re
import time
import uuid

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, ask, wait_until
from tests.e2e.test_feedback import judge
from tests.samples import Traces

NAME = "rudeness"
SCORES = [0.05] * 20 + [0.55, 0.6, 0.65, 0.7, 0.75, 0.78] + [0.9, 0.92, 0.95, 0.99]
FOUND = 10
"""Of these, those that the evaluator calls found: from one half on."""


@pytest.fixture(scope="module")
def project(server: Server) -> str:
    """Return a project in which an evaluator judged thirty traces, and people some of those that it found."""
    name = f"tuned-{uuid.uuid4().hex[:8]}"
    traces, start = Traces(uuid.uuid4().int), time.time_ns() - 600 * 10**9
    spans = [traces.span("POST /chat", start_ns=start + i * 10**9) for i in range(len(SCORES))]
    httpx.post(
        f"{server.otlp}/v1/traces",
        content=traces.body(),
        headers={"content-type": "application/x-protobuf", "x-groundwire-project": name},
    ).raise_for_status()
    listed = f"{server.url}/ui/data/traces?project={name}"
    wait_until(lambda: len(ask(listed)["rows"]) == len(SCORES), "the traces")
    ids = [span.trace_id.hex() for span in spans]
    said = [
        {"name": NAME, "value": score, "label": "found" if score >= 0.5 else "none", "source": "model", "trace_id": one}
        for one, score in zip(ids, SCORES, strict=True)
    ]  # fmt: skip
    people = [
        {"name": NAME, "value": place > 25, "source": "human", "author": "ann", "trace_id": ids[place]}
        for place in range(20, 30)
    ]  # fmt: skip
    judge(server, name, *said, *people)
    changed = httpx.put(
        f"{server.url}/api/v1/evaluators/{NAME}", params={"project": name}, json={"enabled": True}
    )
    assert changed.status_code == 200, changed.text
    return name


def found(server: Server, project: str) -> int:
    """Return how many traces the list finds by the label of the evaluation."""
    query = f"project={project}&filter=evaluation.{NAME}%20%3D%20found"
    return len(ask(f"{server.url}/ui/data/traces?{query}")["rows"])


def test_a_threshold_is_tried_before_it_is_set(page: Page, server: Server, project: str) -> None:
    """From the list to the evaluator: the preview tells what would change, and once it is set all of it counts."""
    page.goto(f"{server.url}/ui/quality/evaluators?project={project}")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=NAME, exact=True))
    expect(row).to_contain_text("no worker has it")
    assert found(server, project) == FOUND
    row.get_by_role("link", name=NAME, exact=True).click()
    now = page.locator("[data-standing=now]")
    expect(now).to_contain_text(re.compile(rf"^{FOUND}.*found at its own threshold"))
    expect(page.locator(".gw-threshold-plot svg")).to_be_visible()

    slider = page.get_by_role("slider", name="Threshold")
    slider.fill("0.8")

    expect(page.locator("[data-standing=then]")).to_contain_text(re.compile(r"^4.*threshold 0\.8"))
    expect(page.locator("[data-moved='6']")).to_contain_text("6 judged traces no longer found")
    expect(page.locator(".gw-threshold-moved li")).to_have_count(5)
    against = page.locator(".gw-threshold-figures").get_by_text(
        re.compile("With this threshold: p")
    )
    expect(against).to_contain_text(re.compile(r"precision 100\s%.*of 4, recall 100\s%.*of 4"))
    assert found(server, project) == FOUND

    page.get_by_role("button", name="Set the threshold to 0.8").click()

    expect(now).to_contain_text(re.compile(r"^4.*found at threshold 0\.8"))
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    assert found(server, project) == 4
    now.get_by_role("link", name="Traces").click()
    expect(page.locator(".ag-center-cols-container .ag-row:has(.gw-cell-trace)")).to_have_count(4)


def test_settings_and_backfills(page: Page, server: Server, project: str) -> None:
    """What is saved stands after a reload; an evaluator is switched off in the list; older traces are judged."""
    page.goto(f"{server.url}/ui/quality/evaluators/pii?project={project}")
    share = page.get_by_label("Share of traces, %")
    share.fill("20")
    page.get_by_role("button", name="Add an override").click()
    page.get_by_label("Value").fill("acme")
    page.get_by_role("button", name="Save settings").click()
    expect(page.locator(".gw-evaluator-facts")).to_contain_text(re.compile(r"20\s%, 1 override"))
    page.reload()
    expect(share).to_have_value("20")
    expect(page.get_by_label("Value")).to_have_value("acme")
    page.get_by_role("button", name="Judge older traces").click()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".gw-job")).to_have_attribute("data-state", "done", timeout=60_000)
    expect(page.locator(".gw-job")).to_contain_text("traces looked at")

    page.get_by_role("link", name="All evaluators").click()
    row = page.locator("[data-evaluator=pii]")
    page.get_by_role("button", name="Switch pii off").click()
    expect(row).to_have_attribute("data-state", "off")
    expect(page.get_by_role("button", name="Switch pii on")).to_be_focused()
