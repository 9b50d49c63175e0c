"""An annotation queue in a real browser: made, filled, worked through by keys alone, by one person and by two."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from storage.control.control import default_url
from storage.control.database import ControlDatabase
from storage.control.people import create_person
from tests.e2e.conftest import Server as SharedServer
from tests.e2e.conftest import Witness, new_context, wait_listed
from tests.e2e.spans import provider_for, send_all, trace_id_of
from tests.engine import Server, running_server, wait_until

PASSWORD = "correct horse battery staple"  # noqa: S105 - of people who live for a test
CRITERIA = [
    {"name": "faithful", "kind": "boolean"},
    {"name": "tone", "kind": "category", "labels": ["warm", "plain", "rude"]},
    {"name": "grade", "kind": "number", "minimum": 1, "maximum": 5, "step": 1, "required": False},
]


@pytest.fixture(scope="module")
def judged(server: SharedServer) -> str:
    """Return a project with the traces of the shared server: what is judged here would change other tests' lists."""
    project = "judged-in-queues"
    sent = send_all(server.otlp, project)
    wait_listed(server.url, project, [sent.good, sent.failed, sent.hostile, sent.wide])
    return project


def api(page: Page, method: str, path: str, body: Any = None) -> Any:
    """Call the API as the page would, about its project; return the JSON."""
    return page.evaluate(
        """([method, path, body]) => {
            const project = new URLSearchParams(location.search).get("project");
            return groundwire.call(method, path, { project }, body ?? undefined);
        }""",
        [method, path, body],
    )


def chosen(page: Page, criterion: str) -> Locator:
    """Return the answer that is chosen for a criterion."""
    return page.locator(f'[data-criterion="{criterion}"] [aria-checked="true"]')


def press(page: Page, *keys: str) -> None:
    """Press keys, one after the other."""
    for key in keys:
        page.keyboard.press(key)


def expect_progress(page: Page, text: str) -> None:
    """Wait until the head of the page says how far the queue is."""
    expect(page.locator("#annotate-head [role=status]")).to_have_text(text)


def open_queues(page: Page, url: str, project: str = "default") -> None:
    """Open the page of all queues, and wait until it can call the API."""
    page.goto(f"{url}/ui/queues?project={project}")
    page.wait_for_function("() => Boolean(window.groundwire && groundwire.call)")


def open_annotate(page: Page, url: str, queue: str, project: str = "default") -> None:
    """Open the page that works through a queue, and wait for its first item."""
    page.goto(f"{url}/ui/queues/{queue}/annotate?project={project}")
    expect(page.locator("#annotate-subject[data-item]")).to_be_visible()


def make_queue(page: Page, name: str, *, annotators: int = 1) -> str:
    """Make a queue of everything that is stored."""
    queue = api(
        page, "POST", "queues", {"name": name, "annotators": annotators, "criteria": CRITERIA}
    )
    sample = {"start": "2020-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z", "size": 100}
    assert api(page, "POST", f"queues/{queue['id']}/items", {"sample": sample})["added"] > 0
    return str(queue["id"])


def test_a_queue_is_made_and_filled_from_a_filter(
    page: Page, server: SharedServer, judged: str
) -> None:
    """The form makes it with its criteria; the filter says how many it finds; a sample of them comes in."""
    open_queues(page, server.url, judged)
    page.get_by_role("button", name="New queue").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("By hand")
    form.get_by_label("Criterion", exact=True).fill("helpful")
    form.get_by_role("button", name="Add a criterion").click()
    second = form.locator("fieldset").nth(1)
    second.get_by_label("Criterion", exact=True).fill("tone")
    second.locator("select").select_option("category")
    second.get_by_placeholder("correct, partly, wrong").fill("warm")
    form.get_by_role("button", name="Make the queue").click()
    expect(form.get_by_role("alert")).to_contain_text("1 labels")
    second.get_by_placeholder("correct, partly, wrong").fill("warm, plain")
    form.get_by_role("button", name="Make the queue").click()

    expect(page.get_by_role("heading", name="By hand")).to_be_visible()
    page.locator("#filter").fill('user = "nobody"')
    page.locator("#filter").press("Enter")
    expect(page.locator("#queue-sample")).to_contain_text("finds no trace")
    page.locator("#filter").fill("span_count > ")
    page.locator("#filter").press("Enter")
    expect(page.locator("#queue-sample")).to_contain_text("Mend the filter")
    page.locator("#filter").fill('user = "user-7"')
    page.locator("#filter").press("Enter")
    expect(page.locator("#queue-sample")).to_contain_text("of the 2 traces found")
    page.get_by_role("button", name="Add to the queue").click()

    expect(page.locator("#queue-progress")).to_contain_text("0 of 2 done")
    items = page.locator("#queue-items tbody tr")
    expect(items).to_have_count(2)
    items.first.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator("#queue-progress")).to_contain_text("0 of 1 done")
    expect(items).to_have_count(1)
    page.get_by_role("link", name="Annotate").click()
    expect(page.locator("#annotate-subject .gw-answer")).to_be_visible()
    expect(page.get_by_role("radiogroup", name="helpful")).to_be_visible()


def test_a_queue_is_worked_through_by_keys_alone(
    page: Page, server: SharedServer, judged: str
) -> None:
    """Answers, explanation, going back, changing one's mind, skipping: no click, and the store has it all."""
    open_queues(page, server.url, judged)
    queue = make_queue(page, "By keys")
    open_annotate(page, server.url, queue, judged)
    expect_progress(page, "0 of 5 done")

    press(page, "Enter")
    expect(page.get_by_role("alert")).to_have_text("Faithful is not answered.")
    press(page, "n", "ArrowDown", "3", "Tab", "4", "e")
    page.keyboard.type("No deadline, in 2 lines? y n s")
    press(page, "Escape")
    expect(chosen(page, "faithful")).to_have_text("nNo")
    expect(chosen(page, "tone")).to_have_text("3rude")
    expect(chosen(page, "grade")).to_have_text("44")
    first = page.locator("#annotate-subject").get_attribute("data-item")
    press(page, "Enter")
    expect_progress(page, "1 of 5 done")
    expect(chosen(page, "faithful")).to_have_count(0)

    press(page, "u")
    expect(page.locator("#annotate-subject")).to_have_attribute("data-item", str(first))
    expect(page.locator("#annotate-form")).to_contain_text("You judged this before")
    expect(page.get_by_label("Why grade")).to_have_value("No deadline, in 2 lines? y n s")
    press(page, "y", "ArrowDown", "ArrowLeft", "Enter")
    expect(page.locator("#annotate-subject")).not_to_have_attribute("data-item", str(first))
    expect(page.locator("#annotate-form")).to_have_attribute("aria-busy", "false")
    expect_progress(page, "1 of 5 done")

    press(page, "s")
    page.keyboard.type("not English")
    press(page, "Enter")
    expect_progress(page, "1 of 5 done, 1 skipped")
    for done in (2, 3, 4):
        press(page, "y", "ArrowDown", "1", "Enter")
        expect_progress(page, f"{done} of 5 done, 1 skipped")
    expect(page.locator("#annotate-form")).to_contain_text("All done")
    press(page, "Enter")

    expect(page.locator("#queue-progress")).to_contain_text("4 of 5 done, 1 skipped")
    expect(page.locator("#queue-items")).to_contain_text("skipped: not English")
    item = api(page, "GET", f"queues/{queue}/items/{first}")
    said = {one["criterion"]: (one["value"], one["explanation"]) for one in item["mine"]}
    assert said == {
        "faithful": (True, ""), "tone": ("plain", ""), "grade": (4, "No deadline, in 2 lines? y n s"),
    }  # fmt: skip
    versions = api(page, "GET", f"traces/{item['item']['trace_id']}")["evaluations"]
    assert {one["author"] for one in versions if one["name"] == "tone"} == {"local"}


def test_what_was_chosen_survives_a_server_that_is_away(
    page: Page, server: SharedServer, judged: str, witness: Witness
) -> None:
    """While the server does not answer the page says so and keeps the answers; Enter again sends them."""
    open_queues(page, server.url, judged)
    queue = make_queue(page, "Through an outage")
    open_annotate(page, server.url, queue, judged)
    press(page, "y", "ArrowDown", "2")
    page.context.set_offline(True)
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(chosen(page, "tone")).to_have_text("2plain")

    page.context.set_offline(False)
    press(page, "Enter")
    expect_progress(page, "1 of 5 done")
    # Dash writes what it could not reach meanwhile to the console; that is the point of this test.
    witness.errors[:] = [error for error in witness.errors if "fetch" not in error.lower()]


def test_the_keys_are_told_and_labelled(page: Page, server: SharedServer, judged: str) -> None:
    """`?` lists them and Escape goes back to the criteria; groups and answers have names and states."""
    open_queues(page, server.url, judged)
    open_annotate(page, server.url, make_queue(page, "Labelled"), judged)
    press(page, "?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Skip, with a reason")
    press(page, "Escape")
    expect(dialog).to_have_count(0)
    group = page.get_by_role("radiogroup", name="tone")
    expect(group.get_by_role("radio")).to_have_count(3)
    expect(group).to_have_attribute("aria-required", "true")
    press(page, "ArrowDown", "ArrowRight")
    expect(group.get_by_role("radio", name="warm")).to_be_checked()
    expect(page.locator("#annotate-head [role=progressbar]")).to_have_attribute(
        "aria-valuetext", re.compile("5 open of 5")
    )


@pytest.fixture
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server with a dozen answers, and then set up two people."""
    with running_server(tmp_path_factory.mktemp("annotate")) as server:
        send_all(server.otlp)
        provider = provider_for(server.otlp)
        tracer = provider.get_tracer("shop")
        for number in range(10):
            with tracer.start_as_current_span("chat") as span:
                span.set_attribute("gen_ai.operation.name", "chat")
                message = f'[{{"role": "assistant", "parts": [{{"type": "text", "content": "{number}"}}]}}]'
                span.set_attribute("gen_ai.output.messages", message)
                assert trace_id_of(span)
        provider.shutdown()
        wait_until(lambda: len(server.get("/traces")["traces"]) == 15, what="15 traces")
        database = ControlDatabase(default_url(server.data_dir / "data"))
        with database.session() as session:
            for name in ("ann", "ben"):
                create_person(session, f"{name}@example.com", password=PASSWORD, is_operator=True)
        database.close()
        server.wait_closed()
        yield server


def sign_in(browser: Browser, server: Server, name: str) -> Page:
    """Open a browser of one's own and sign in."""
    page = new_context(browser).new_page()
    page.goto(f"{server.url}/ui/queues")
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Annotation queues")).to_be_visible()
    return page


def test_two_people_judge_and_their_agreement_shows(browser: Browser, closed: Server) -> None:
    """Each gets every item once and nothing of the other's; then alpha, kappa and the items they differ on show."""
    ann, ben = sign_in(browser, closed, "ann"), sign_in(browser, closed, "ben")
    queue = make_queue(ann, "For two", annotators=2)
    open_annotate(ann, closed.url, queue)
    for number in range(15):
        press(ann, "y", "ArrowDown", "1" if number % 2 else "2", "Enter")
        expect(chosen(ann, "tone")).to_have_count(0)
    expect(ann.locator("#annotate-form")).to_contain_text("Nothing left for you")
    press(ann, "Enter")
    expect(ann.locator("#queue-progress")).to_contain_text("0 of 15 done")
    expect(ann.locator("#queue-agreement")).to_contain_text("Comes once two people")

    open_annotate(ben, closed.url, queue)
    for number in range(15):
        expect(chosen(ben, "faithful")).to_have_count(0)
        press(ben, "y", "ArrowDown", "3" if number == 4 else "1" if number % 2 else "2", "Enter")
        expect_progress(ben, f"{number + 1} of 15 done")
    expect(ben.locator("#annotate-form")).to_contain_text("All done")
    press(ben, "Enter")

    expect(ben.locator("#queue-progress")).to_contain_text("15 of 15 done")
    tone = ben.locator('#queue-agreement tr[data-criterion="tone"]')
    expect(tone).to_contain_text(re.compile(r"0\.\d\d to "))
    expect(tone).to_contain_text("ann@example.com and ben@example.com: 0.8")
    faithful = ben.locator('#queue-agreement tr[data-criterion="faithful"]')
    expect(faithful).to_contain_text("the same answer everywhere")
    differing = ben.locator("#queue-disagreements tbody tr")
    expect(differing).to_have_count(1)
    expect(differing).to_contain_text("plain")
    expect(differing).to_contain_text("rude")
    ben.goto(f"{closed.url}/ui/queues")
    expect(ben.locator(f'tr[data-queue="{queue}"]')).to_contain_text("0.8")
    ann.context.close()
    ben.context.close()
