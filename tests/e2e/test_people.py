"""People and keys in a real browser: sign in, make a key and send with it, invite, change, disable, sign out."""

import os
import re
import shlex
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from playwright.sync_api import Browser, Locator, Page, expect

from storage.control.control import default_url
from storage.control.database import ControlDatabase
from storage.control.people import create_person
from tests.e2e.conftest import Server as SharedServer
from tests.e2e.conftest import Witness, new_context
from tests.engine import Server, running_server, wait_until

PASSWORD = "correct horse battery staple"  # noqa: S105 - of people who live for a test


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server and set up its first operator, so that everybody has to sign in."""
    with running_server(tmp_path_factory.mktemp("people")) as server:
        database = ControlDatabase(default_url(server.data_dir / "data"))
        with database.session() as session:
            create_person(
                session, "ann@example.com", name="Ann", password=PASSWORD, is_operator=True
            )
        database.close()
        server.wait_closed()
        yield server


class Readers:
    """Browsers of people, each with a session of its own."""

    def __init__(self, browser: Browser, server: Server, witness: Witness) -> None:
        self._browser = browser
        self._server = server
        self._witness = witness
        self.pages: list[Page] = []

    def open(self, path: str) -> Page:
        """Open a page in a browser that was never here."""
        page = new_context(self._browser).new_page()
        self._witness.watch(page, self._server.url)
        self.pages.append(page)
        page.goto(f"{self._server.url}{path}")
        return page

    def sign_in(self, path: str, email: str = "ann@example.com") -> Page:
        """Open a page, sign in on the way, and arrive there."""
        page = self.open(path)
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{path}")
        return page


@pytest.fixture
def readers(browser: Browser, closed: Server, witness: Witness) -> Iterator[Readers]:
    """Return browsers whose pages may not throw, ask, or call another host."""
    readers = Readers(browser, closed, witness)
    yield readers
    for page in readers.pages:
        page.context.close()
    # A page whose session was ended under it says so on the console as well as on the page.
    assert [error for error in witness.errors if "401" not in error] == []
    assert witness.dialogs == []
    assert witness.elsewhere == []


def heading(page: Page, name: str) -> Locator:
    """Return the heading of a part of the settings."""
    return page.locator("#settings-part").get_by_role("heading", name=name, level=1)


def make_key(page: Page, name: str, *scopes: str) -> str:
    """Make a key by the form, and return its secret."""
    page.get_by_role("button", name="New key").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type(name)
    for scope in scopes:
        form.get_by_role("checkbox", name=scope).check()
    page.keyboard.press("Enter")
    expect(form).to_have_count(0)
    expect(page.get_by_role("heading", name=f"The key “{name}” is made")).to_be_focused()
    return page.locator("[data-secret]").inner_text()


def printed(page: Page, title: str) -> dict[str, str]:
    """Return the environment that the lines under a title would make in a shell."""
    lines = page.get_by_label(f"lines for {title}", exact=True).inner_text().splitlines()
    words = [shlex.split(line.removeprefix("export ")) for line in lines]
    return dict(word.split("=", 1) for (word,) in words)


def exporter_of(
    environment: dict[str, str], server: Server, monkeypatch: pytest.MonkeyPatch
) -> SpanExporter:
    """Return the exporter that OpenTelemetry makes of an environment."""
    assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == server.otlp
    with monkeypatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        assert os.environ["OTEL_EXPORTER_OTLP_HEADERS"]
        return OTLPSpanExporter()


def export(exporter: SpanExporter, name: str) -> SpanExportResult:
    """Send one span, and return what became of it."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    provider.get_tracer("shop").start_span(name).end()
    return exporter.export(kept.get_finished_spans())


def row(page: Page, of: str, value: str) -> Locator:
    """Return the row of a table of the settings: a key's, a member's, a person's."""
    return page.locator(f'#settings-part tr[data-{of}="{value}"]')


def test_a_key_is_made_sends_and_is_revoked(
    readers: Readers, closed: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines shown with a new key send a trace that shows up; once it is revoked, the next export is refused."""
    page = readers.sign_in("/ui/settings/keys")
    expect(heading(page, "API keys")).to_be_visible()
    secret = make_key(page, "checkout")
    assert re.fullmatch(r"gw_[0-9a-f]+_[0-9a-f]+", secret)
    assert printed(page, "The groundwire SDK, from the environment")["GROUNDWIRE_API_KEY"] == secret
    environment = printed(page, "Any OpenTelemetry SDK or collector")
    exporter = exporter_of(environment, closed, monkeypatch)

    assert export(exporter, "keyed request") is SpanExportResult.SUCCESS
    page.get_by_role("button", name="Done, put it away").click()
    expect(page.locator("[data-secret]")).to_have_count(0)
    page.get_by_role("link", name="Traces").click()
    expect(page.locator(".ag-center-cols-container .ag-row")).to_contain_text("keyed request")
    page.get_by_role("link", name="Settings").click()
    expect(heading(page, "API keys")).to_be_visible()
    assert secret.split("_")[2] not in page.content()

    made = row(page, "key", secret.split("_")[1])

    def is_noted() -> bool:
        page.reload()
        expect(made).to_be_visible()
        return made.locator("td").nth(3).inner_text() != "never"

    wait_until(is_noted, what="the use of the key")
    page.get_by_role("button", name="Revoke checkout").click()
    confirmation = page.get_by_role("dialog", name="Revoke “checkout”?")
    expect(confirmation).to_contain_text("It was last used")
    expect(confirmation.get_by_role("button", name="Cancel")).to_be_focused()
    confirmation.get_by_role("button", name="Revoke the key").click()
    page.locator("summary").filter(has_text="Ended keys").click()
    expect(made).to_contain_text("revoked")

    assert export(exporter, "late request") is SpanExportResult.FAILURE


def test_a_rotated_key_works_beside_its_successor(readers: Readers, closed: Server) -> None:
    """After a rotation both secrets are let in, the old one is marked, and the new one is shown once."""
    page = readers.sign_in("/ui/settings/keys")
    old = make_key(page, "rotating", "read")
    page.get_by_role("button", name="Rotate rotating").click()
    page.get_by_label("The old key works on for").select_option("1 hour")
    page.get_by_role("button", name="Rotate the key").click()
    expect(page.get_by_role("heading", name="The new key of “rotating”")).to_be_focused()
    new = page.locator("[data-secret]").inner_text()
    expect(row(page, "key", old.split("_")[1])).to_contain_text("replaced")

    assert old != new
    for secret in (old, new):
        headers = {"authorization": f"Bearer {secret}"}
        assert httpx.get(f"{closed.url}/api/v1/traces", headers=headers).status_code == 200


def test_a_form_says_what_is_wrong_and_lets_go_by_escape(readers: Readers) -> None:
    """A key without a scope is not made, the dialog says so; Escape closes it and the focus is back where it was."""
    page = readers.sign_in("/ui/settings/keys")
    page.get_by_role("button", name="New key").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("nothing")
    form.get_by_role("checkbox", name="ingest").uncheck()
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("Tick at least one thing")
    page.keyboard.press("Escape")

    expect(form).to_have_count(0)
    expect(page.get_by_role("button", name="New key")).to_be_focused()
    expect(page.get_by_text("nothing", exact=True)).to_have_count(0)


def invite(page: Page, email: str, role: str) -> str:
    """Add somebody who has no account, and return the link that is shown."""
    page.get_by_role("button", name="Add somebody").click()
    form = page.get_by_role("dialog")
    form.get_by_label("E-mail address").fill(email)
    form.get_by_label("Role").select_option(role)
    form.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="An invitation is made")).to_be_focused()
    return page.locator("[data-secret]").inner_text()


def accept(readers: Readers, server: Server, link: str, name: str) -> Page:
    """Take up an invitation in a browser of one's own."""
    page = readers.open(link.removeprefix(server.url))
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("again").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/ui/**")
    return page


def api(page: Page, method: str, path: str, body: Any = None) -> int:
    """Call the API as the page would; return the status, 200 for any that is fine."""
    call = "([method, path, body]) => groundwire.call(method, path, {}, body ?? undefined)"
    return int(page.evaluate(f"{call}.then(() => 200, (p) => p.status)", [method, path, body]))


def test_a_viewer_is_invited_sees_and_changes_nothing(readers: Readers, closed: Server) -> None:
    """The link makes an account; its viewer sees traces and figures, no settings but their own, and signs out."""
    admin = readers.sign_in("/ui/settings/members")
    link = invite(admin, "vic@example.com", "Viewer")
    expect(row(admin, "invitation", "vic@example.com")).to_contain_text("viewer in default")

    viewer = accept(readers, closed, link, "Vic")
    expect(viewer.get_by_role("button", name="Errors", exact=True)).to_be_visible()
    viewer.get_by_role("link", name="Settings").click()
    expect(heading(viewer, "Account")).to_be_visible()
    expect(viewer.get_by_role("navigation", name="Settings").get_by_role("link")).to_have_count(1)
    viewer.goto(f"{closed.url}/ui/settings/keys")
    expect(viewer.get_by_text("Only admins of default see this")).to_be_visible()
    expect(viewer.get_by_text("Your role here is viewer")).to_be_visible()
    viewer.goto(f"{closed.url}/ui/queues")
    expect(viewer.get_by_text("There is no queue yet")).to_be_visible()
    expect(viewer.get_by_role("button", name="New queue")).to_have_count(0)
    assert api(viewer, "GET", "traces") == 200
    assert api(viewer, "GET", "keys") == 403
    assert api(viewer, "POST", "keys", {"name": "mine", "scopes": ["ingest"]}) == 403

    admin.reload()
    expect(row(admin, "member", "vic@example.com")).to_contain_text("Viewer")
    admin.get_by_role("link", name="Audit log").click()
    log = admin.get_by_role("table", name="Audit log")
    expect(log.get_by_role("row").filter(has_text="invited vic@example.com")).to_be_visible()

    viewer.get_by_role("button", name="Account of Vic").click()
    expect(viewer.get_by_role("menu")).to_contain_text("Viewer in default")
    viewer.get_by_role("menuitem", name="Sign out").click()
    viewer.wait_for_url("**/sign-in?**")
    viewer.goto(f"{closed.url}/ui/traces")
    expect(viewer.get_by_label("E-mail")).to_be_visible()


def test_a_member_gets_another_role_and_is_removed(readers: Readers, closed: Server) -> None:
    """Who has an account is a member at once; a role is changed after reading what it means; removing asks first."""
    admin = readers.sign_in("/ui/settings/members")
    page = accept(readers, closed, invite(admin, "eve@example.com", "Viewer"), "Eve")
    admin.reload()
    admin.get_by_role("button", name="Change the role of eve@example.com").click()
    form = admin.get_by_role("dialog", name="Role of Eve in default")
    expect(form.get_by_role("radio", name="Viewer")).to_be_checked()
    form.get_by_role("radio", name="Editor").check()
    form.get_by_role("button", name="Change the role").click()
    expect(row(admin, "member", "eve@example.com")).to_contain_text("Editor")
    page.goto(f"{closed.url}/ui/queues")
    expect(page.get_by_role("button", name="New queue")).to_be_visible()

    admin.get_by_role("button", name="Remove eve@example.com").click()
    admin.get_by_role("button", name="Remove from the project").click()
    expect(row(admin, "member", "eve@example.com")).to_have_count(0)
    assert api(page, "GET", "traces") == 403

    admin.get_by_role("button", name="Add somebody").click()
    admin.get_by_label("E-mail address").fill("Eve@Example.com")
    admin.keyboard.press("Enter")
    expect(row(admin, "member", "eve@example.com")).to_contain_text("Viewer")
    expect(admin.locator("[data-secret]")).to_have_count(0)


def test_operators_make_projects_and_the_header_offers_them(
    readers: Readers, closed: Server
) -> None:
    """A new project is in the header by its title; choosing it keeps the page and what was searched."""
    page = readers.sign_in("/ui/settings/projects")
    page.get_by_role("button", name="New project").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("shop-eu")
    form.get_by_label("Title").fill("Shop, Europe")
    page.keyboard.press("Enter")
    expect(row(page, "project", "shop-eu")).to_contain_text("Shop, Europe")

    page.goto(f"{closed.url}/ui/traces?range=7d&filter=error")
    page.get_by_role("textbox", name="Project").click()
    page.keyboard.type("Euro")
    page.get_by_role("option", name="Shop, Europe").click()
    page.wait_for_url("**/ui/traces?project=shop-eu**")
    assert "range=7d" in page.url
    assert "filter=error" in page.url
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_text("Project: Shop, Europe")).to_be_visible()
    page.get_by_role("link", name="General").click()
    page.get_by_label("Title").fill("Shop EU")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Project: Shop EU")).to_be_visible()
    expect(page.get_by_role("heading", name="General")).to_be_focused()


def test_an_operator_disables_an_account(readers: Readers, closed: Server) -> None:
    """What an action means is read before it is done; who is disabled is told that they are signed out."""
    operator = readers.sign_in("/ui/settings/people")
    operator.get_by_role("button", name="Invite somebody").click()
    operator.get_by_label("E-mail address").fill("pat@example.com")
    operator.keyboard.press("Enter")
    expect(operator.get_by_role("heading", name="An invitation is made")).to_be_focused()
    link = operator.locator("[data-secret]").inner_text()
    pat = readers.open(link.removeprefix(closed.url))
    pat.get_by_label("Name").fill("Pat")
    pat.get_by_label("Password", exact=True).fill(PASSWORD)
    pat.get_by_label("again").fill(PASSWORD)
    pat.keyboard.press("Enter")
    pat.wait_for_url("**/ui/**")
    pat.goto(f"{closed.url}/ui/settings/account")
    expect(pat.get_by_text("You are a member of no project yet")).to_be_visible()

    operator.reload()
    operator.get_by_role("button", name="Change pat@example.com").click()
    form = operator.get_by_role("dialog", name="pat@example.com")
    form.get_by_role("radio", name="Disable the account").check()
    form.get_by_role("button", name="Disable the account").click()
    expect(row(operator, "person", "pat@example.com")).to_contain_text("disabled")

    pat.get_by_label("Your name").fill("Patricia")
    pat.keyboard.press("Enter")
    expect(pat.get_by_role("alert")).to_contain_text(re.compile("sign in|signed", re.IGNORECASE))


def test_an_operator_cannot_lock_everybody_out(readers: Readers) -> None:
    """The last operator stays one: the dialog says why, and nothing is changed."""
    page = readers.sign_in("/ui/settings/people")
    page.get_by_role("button", name="Change ann@example.com").click()
    form = page.get_by_role("dialog", name="ann@example.com")
    form.get_by_role("radio", name="Make no operator any more").check()
    form.get_by_role("button", name="Make no operator any more").click()

    expect(form.get_by_role("alert")).to_contain_text("is the last operator")
    page.keyboard.press("Escape")
    expect(row(page, "person", "ann@example.com")).to_contain_text("operator")


def test_one_changes_ones_name_and_signs_out_everywhere(readers: Readers) -> None:
    """The new name is in the menu; signing out everywhere ends the session in another browser too."""
    page, other = readers.sign_in("/ui/settings/account"), readers.sign_in("/ui/settings/account")
    for each in (page, other):
        expect(heading(each, "Account")).to_be_visible()
    page.get_by_label("Your name").fill("Ann the First")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Account of Ann the First")).to_be_visible()

    page.get_by_role("button", name="Sign out everywhere…").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()
    page.wait_for_url("**/sign-in?**")
    wait_until(lambda: api(other, "GET", "me") == 401, what="the end of the other session")
    other.reload()
    expect(other.get_by_label("E-mail")).to_be_visible()


def test_the_menu_is_worked_by_keys(readers: Readers) -> None:
    """Enter opens it at its first entry, arrows move, Escape closes it and the focus is back on its button."""
    page = readers.sign_in("/ui/settings/keys")
    button = page.get_by_role("button", name=re.compile("^Account of"))
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Account")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.get_by_role("menu")).to_have_count(0)
    expect(button).to_be_focused()


def test_first_steps_tell_of_keys_where_people_sign_in(readers: Readers, closed: Server) -> None:
    """Where apps need a key, the empty list shows where it goes and where it is made."""
    page = readers.sign_in("/ui/settings/projects")
    assert api(page, "POST", "projects", {"name": "bare"}) == 200
    page.goto(f"{closed.url}/ui/traces?project=bare")
    steps = page.locator("#traces-start pre").first
    expect(steps).to_contain_text('OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer')
    expect(steps).to_contain_text(f"OTEL_EXPORTER_OTLP_ENDPOINT={closed.otlp}\n")
    page.get_by_role("link", name="Settings, API keys").click()

    expect(heading(page, "API keys")).to_be_visible()
    assert page.url.endswith("/ui/settings/keys?project=bare")


def test_without_sign_in_the_menu_says_so(page: Page, server: SharedServer) -> None:
    """On a fresh server whoever is on this machine may do everything, and is told how to change that."""
    page.goto(f"{server.url}/ui/settings/members")
    expect(page.get_by_text("Nobody signs in here yet")).to_be_visible()
    page.get_by_role("button", name="This machine").click()
    menu = page.get_by_role("menu")
    expect(menu).to_contain_text("On this machine, no sign-in")
    menu.get_by_role("menuitem", name="Set up sign-in").click()

    page.wait_for_url("**/set-up")
