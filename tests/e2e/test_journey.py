"""A first day in a browser: sign in, make a key, send with it, rate, annotate, see agreement and rates change."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from storage.control import members, people
from storage.control.access import Role
from storage.control.control import default_url, open_control
from tests.e2e.conftest import new_context
from tests.e2e.test_annotate import (
    chosen,
    expect_progress,
    make_queue,
    open_annotate,
    open_queues,
    press,
)
from tests.e2e.test_people import PASSWORD, make_key
from tests.engine import Server, running_server

ANSWERS = 12

APP = f"""
import groundwire

groundwire.init("help-desk")
with groundwire.tenant("acme"):
    for number in range({ANSWERS}):
        with groundwire.chat("small-model") as call:
            call.input("How long does it take?")
            call.output(f"It takes {{number}} days.")
"""


@pytest.fixture
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server that an operator and an annotator of its project sign in to."""
    with running_server(tmp_path_factory.mktemp("journey")) as server:
        control = open_control(default_url(server.data_dir / "data"))
        with control.database.session() as session:
            people.create_person(session, "ann@example.com", password=PASSWORD, is_operator=True)
            ben = people.create_person(session, "ben@example.com", password=PASSWORD)
            members.set_member(session, "default", ben.id, Role.ANNOTATOR)
        control.close()
        server.wait_closed()
        yield server


def sign_in(browser: Browser, server: Server, name: str, path: str) -> Page:
    """Open a page in a browser of one's own, and sign in on the way there."""
    page = new_context(browser).new_page()
    page.goto(f"{server.url}{path}")
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")
    return page


def run_app(server: Server, key: str) -> None:
    """Run an app that is set up by its environment alone."""
    environment = os.environ | {"GROUNDWIRE_ENDPOINT": server.otlp, "GROUNDWIRE_API_KEY": key}
    subprocess.run([sys.executable, "-c", APP], env=environment, check=True, timeout=60)


def work_through(page: Page, server: Server, queue: str, *, no_to: int) -> None:
    """Judge every item of a queue by keys, with `no` to one of them."""
    open_annotate(page, server.url, queue)
    for number in range(ANSWERS):
        expect(chosen(page, "faithful")).to_have_count(0)
        press(page, "n" if number == no_to else "y", "ArrowDown", "1", "Enter")
        expect(page.locator("#annotate-form")).not_to_contain_text("is not answered")
        if number < ANSWERS - 1:
            expect(chosen(page, "tone")).to_have_count(0)


def share(page: Page, server: Server, name: str) -> str:
    """Return the share that the page of quality shows for an evaluation."""
    page.goto(f"{server.url}/ui/quality?name={name}")
    value = page.locator(".gw-quality-value")
    expect(value).to_be_visible()
    return value.inner_text()


def test_from_signing_in_to_agreement(browser: Browser, closed: Server) -> None:
    """What one sends is rated, judged by two people by keys alone, and counted."""
    ann = sign_in(browser, closed, "ann", "/ui/settings/keys")
    key = make_key(ann, "help desk", "ingest")
    run_app(closed, key)

    rows = ann.locator(".ag-center-cols-container .ag-row:has(.gw-cell-trace)")
    ann.goto(f"{closed.url}/ui/traces")
    expect(rows).to_have_count(ANSWERS)
    expect(rows.first).to_contain_text("acme")
    for thumb, said, expected in (("-", "bad", "0\u2009%"), ("+", "good", "50\u2009%")):
        ann.goto(f"{closed.url}/ui/traces")
        (rows.first if thumb == "-" else rows.last).click()
        expect(ann.locator("#span-head h2")).to_have_text("chat small-model")
        ann.keyboard.press(thumb)
        expect(ann.locator("#trace-header")).to_contain_text(f"review {said}")
        assert share(ann, closed, "review") == expected

    ben = sign_in(browser, closed, "ben", "/ui/queues")
    open_queues(ann, closed.url)
    queue = make_queue(ann, "Both of us", annotators=2)
    work_through(ann, closed, queue, no_to=2)
    expect(ann.locator("#annotate-form")).to_contain_text("Nothing left for you")
    assert share(ann, closed, "faithful") == "92\u2009%"
    work_through(ben, closed, queue, no_to=5)
    expect_progress(ben, f"{ANSWERS} of {ANSWERS} done")

    ann.goto(f"{closed.url}/ui/queues/{queue}")
    faithful = ann.locator('#queue-agreement tr[data-criterion="faithful"]')
    # Ten of twelve alike, but each said no once, and never to the same: no better than chance.
    expect(faithful).to_contain_text("ann@example.com and ben@example.com: \u22120.09")
    expect(ann.locator("#queue-disagreements tbody tr")).to_have_count(2)
    ann.get_by_role("link", name="Quality").click()
    ann.wait_for_url(re.compile("/ui/quality"))
    assert share(ann, closed, "faithful") == "92\u2009%"
    for page in (ann, ben):
        page.context.close()
