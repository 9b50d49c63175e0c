"""What a reader sees of traces that instrumentations sent, in a real browser."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.clients import stand_in
from tests.clients.conftest import Received
from tests.clients.instrumentations import INSTRUMENTATIONS
from tests.engine import Server

pytestmark = [pytest.mark.engine, pytest.mark.browser]

CHROMIUM: Final = Path("/usr/bin/chromium")
PATIENCE_MS: Final = 20_000

Look = Callable[[str, Callable[[Any], None]], None]


@pytest.fixture(scope="module")
def look() -> Iterator[Look]:
    """Return what opens a page and hands it to checks.

    It runs in a thread of its own: Playwright has one loop a thread, and other tests' browser has this one's.
    """
    if not CHROMIUM.exists():
        pytest.skip(f"the browser tests need {CHROMIUM}")

    def open_page(browser: Browser, url: str, checks: Callable[[Any], None]) -> None:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        checks(page)
        page.close()

    with ThreadPoolExecutor(1) as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result()
        start = thread.submit(
            playwright.chromium.launch,
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        browser = start.result()
        try:
            yield lambda url, checks: thread.submit(open_page, browser, url, checks).result()
        finally:
            thread.submit(browser.close).result()
            thread.submit(playwright.stop).result()


@pytest.mark.parametrize("name", INSTRUMENTATIONS)
def test_a_call_reads_right(
    asked: Callable[[str], Received], groundwire: Server, look: Look, name: str
) -> None:
    """The panel of a model call shows question, tool call, tool result and answer, whichever way they were sent."""
    _, answered = asked(name).below("tools")

    def checks(page: Any) -> None:
        panel = page.get_by_role("tabpanel")
        for text in (
            "Wo ist Paket A-1093? 注文はどこですか 🙂",
            "get_order",
            "A-1093",
            "shipped",
            stand_in.ANSWER,
        ):
            expect(panel).to_contain_text(text, timeout=PATIENCE_MS)
        expect(page.locator("#span-head")).to_contain_text(answered["name"])
        expect(page.locator("#trace-header")).to_contain_text("acme")
        expect(page.get_by_role("treeitem")).to_have_count(14)

    place = f"{answered['trace_id']}?span={answered['span_id']}&project={name.replace(' ', '-')}"
    look(f"{groundwire.url}/ui/traces/{place}", checks)
