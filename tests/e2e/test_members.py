"""What a member of one project sees: that project, under every link, and nothing of others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from storage.control import members, people
from storage.control.access import Role
from storage.control.control import default_url, open_control
from tests.e2e.conftest import Witness, new_context
from tests.e2e.spans import provider_for
from tests.engine import Server, running_server

PASSWORD = "a sentence that is long"  # noqa: S105 - of people who do not exist


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server with traces in two projects, where people sign in; one of them is a member of `shop`."""
    with running_server(tmp_path_factory.mktemp("members"), "--segment-seconds", "0.3") as server:
        for project in ("default", "shop"):
            provider = provider_for(server.otlp, project)
            with provider.get_tracer("app").start_as_current_span(f"request of {project}") as span:
                span.set_attribute("session.id", f"session-of-{project}")
            provider.shutdown()
        for project in ("default", "shop"):
            server.wait_loaded(project=project)
        _set_up(server.data_dir / "data")
        server.wait_closed()
        yield server


def _set_up(data_dir: Path) -> None:
    control = open_control(default_url(data_dir))
    with control.database.session() as session:
        people.create_person(session, "op@example.com", password=PASSWORD, is_operator=True)
        for name, project in (("ann", "shop"), ("nob", "")):
            person = people.create_person(session, f"{name}@example.com", password=PASSWORD)
            if project:
                members.set_member(session, project, person.id, Role.VIEWER)
    control.close()


@pytest.fixture
def visitor(browser: Browser, closed: Server, witness: Witness) -> Iterator[Page]:
    """Open a page in a browser that was never here."""
    context = new_context(browser)
    page = context.new_page()
    witness.watch(page, closed.url)
    yield page
    context.close()
    assert (witness.errors, witness.dialogs, witness.elsewhere) == ([], [], [])


def sign_in(page: Page, server: Server, email: str, path: str = "/ui/") -> None:
    """Go to a page and sign in on the way there."""
    page.goto(f"{server.url}{path}")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").first.click()


def test_a_members_own_project_is_shown_unasked(visitor: Page, closed: Server) -> None:
    """Whoever is in one project sees it without naming it: the list, a trace, a session."""
    sign_in(visitor, closed, "ann@example.com")

    row = visitor.locator(".ag-center-cols-container .ag-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("request of shop")
    expect(visitor.locator("#project-home, .gw-header")).not_to_contain_text(["default"])
    row.click()
    expect(visitor.locator("#trace-header")).to_contain_text("request of shop")
    visitor.goto(f"{closed.url}/ui/status")
    expect(visitor.locator("#status-figures")).to_contain_text("shop")
    expect(visitor.locator("#status-figures")).not_to_contain_text("default")


def test_another_project_is_refused_in_words(visitor: Page, closed: Server) -> None:
    """A link into a project that is not one's own says so, and shows nothing of it."""
    sign_in(visitor, closed, "ann@example.com", "/ui/traces?project=default")

    expect(visitor.get_by_role("alert")).to_contain_text("no right to read in a project default")
    expect(visitor.locator("body")).not_to_contain_text("request of default")


def test_a_member_of_nothing_is_told_so(visitor: Page, closed: Server) -> None:
    """Somebody without a project yet reads what to do, not an empty list."""
    sign_in(visitor, closed, "nob@example.com")

    expect(visitor.get_by_role("alert")).to_contain_text("not a member of any project")


def test_an_operator_chooses_among_all(visitor: Page, closed: Server) -> None:
    """An operator sees every project, `default` first."""
    sign_in(visitor, closed, "op@example.com")

    row = visitor.locator(".ag-center-cols-container .ag-row")
    expect(row).to_contain_text("request of default")
    visitor.get_by_role("textbox", name="Project").click()
    visitor.get_by_role("option", name="shop").click()
    expect(row).to_contain_text("request of shop")
