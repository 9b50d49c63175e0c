"""The first rows stand on the page before the table that they will be in."""

from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Server
from tests.e2e.test_browser import rows


def test_the_first_rows_do_not_wait_for_the_table(page: Page, server: Server) -> None:
    """While the table's own script is still on its way the traces can be read; then the table takes their place."""
    held: list[Route] = []
    page.route("**/async-community*", lambda route: held.append(route))  # noqa: PLW0108

    page.goto(f"{server.url}/ui/")
    sketch = page.locator(".gw-sketch")
    expect(sketch).to_contain_text("zebrafish")
    expect(rows(page)).to_have_count(0)
    for route in held:
        route.continue_()

    expect(rows(page)).to_have_count(server.sent.count)
    expect(sketch).to_have_count(0)


def test_the_first_rows_are_those_of_the_view(page: Page, server: Server) -> None:
    """Filter, order and columns of the URL hold for the first rows too."""
    page.route("**/async-community*", lambda _: None)

    page.goto(f"{server.url}/ui/?filter=error&columns=name,error_type")

    sketch = page.locator(".gw-sketch")
    expect(sketch.locator(".gw-sketch-row")).to_have_count(2)
    expect(sketch.locator(".gw-sketch-row").first).to_have_text("NameError")
    expect(sketch.locator(".gw-sketch-row").last).to_contain_text("POST /export")
