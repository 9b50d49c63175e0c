"""From a rate, or a trace, to the sentence that nothing supports, and to the passage that should have."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Witness, new_context
from tests.engine import Server, running_server, wait_until
from tests.samples import Traces, message, set_attributes

pytestmark = pytest.mark.slow

PASSAGE = (
    "Orders can be returned within 30 days of delivery 🎁. The refund is paid to the card that was "
    "used. Returns by post cost nothing."
)
SUPPORTED = "Orders can be returned within 30 days of delivery 🎁."
MADE_UP = "Every customer also receives a voucher of 500 euros from Queen Margaret."


def send(program: Server) -> str:
    """Deliver a trace of a retrieval and an answer from it; return its id."""
    traces = Traces()
    root = traces.span("POST /chat")
    found = traces.span("retrieve", parent=root)
    set_attributes(found, {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.documents": [{"id": "returns", "content": PASSAGE}],
    })  # fmt: skip
    asked = traces.span("chat m", parent=root)
    set_attributes(asked, {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": [message("user", "May I return it?")],
        "gen_ai.output.messages": [message("assistant", f"{SUPPORTED} {MADE_UP}")],
    })  # fmt: skip
    httpx.post(
        f"{program.otlp}/v1/traces",
        content=traces.body(),
        headers={"content-type": "application/x-protobuf"},
    ).raise_for_status()
    return str(root.trace_id.hex())


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server in which our own model has judged one answer; it serves all tests of this file."""
    with running_server(tmp_path_factory.mktemp("grounded")) as program:
        send(program)
        wait_until(
            lambda: bool(program.get("/evaluations", name="groundedness")["evaluations"]),
            120,
            what=f"groundedness; {program.log[-2000:]}",
        )
        yield program


@pytest.fixture
def reader(browser: Browser, program: Server, witness: Witness) -> Iterator[Page]:
    """Open a page that may neither throw nor ask nor call another host."""
    page = new_context(browser).new_page()
    witness.watch(page, program.url)
    yield page
    page.context.close()
    assert (witness.errors, witness.dialogs, witness.elsewhere) == ([], [], [])


def test_the_sentence_and_its_evidence_are_shown(reader: Page, program: Server) -> None:
    """Each sentence is marked by its support; by keys one walks from the made-up one to the passage of the other."""
    (judged,) = program.get("/evaluations", name="groundedness")["evaluations"]
    reader.goto(f"{program.url}/ui/traces/{judged['trace_id']}?project=default")
    expect(reader.locator("#span-head h2")).to_have_text("chat m")
    reader.keyboard.press("e")
    evaluation = reader.locator(".gw-evaluation").filter(has_text="groundedness")
    evaluation.get_by_role("button", name="Sentences and evidence").click()

    sentences = evaluation.locator(".gw-claims .gw-claim")
    expect(sentences).to_have_count(2)
    # Offsets count characters: the sentence after one outside the basic plane begins where it does.
    expect(sentences.nth(0)).to_contain_text(SUPPORTED)
    expect(sentences.nth(1)).to_contain_text(MADE_UP)
    beside = evaluation.locator(".gw-claim-beside")
    expect(sentences.nth(1)).to_have_class("gw-claim gw-claim-bad gw-claim-chosen")
    expect(beside).to_contain_text("not supported")

    sentences.nth(1).focus()
    reader.keyboard.press("ArrowLeft")
    expect(sentences.nth(0)).to_be_focused()
    expect(beside).to_contain_text("passage 1 of 1")
    expect(beside.locator("mark")).to_have_text(SUPPORTED)


def test_from_the_rate_to_the_sentence_and_its_chunk(reader: Page, program: Server) -> None:
    """By clicks alone: quality, groundedness, the worst sentence; it opens focused in its trace, its chunk one on."""
    reader.goto(f"{program.url}/ui/")
    reader.get_by_role("link", name="Quality").click()
    reader.get_by_role("link", name="Groundedness").click()
    expect(reader.locator(".gw-quality-summary")).to_contain_text("of answers are not supported")
    expect(reader.locator(".gw-quality-value")).to_have_text("100\u2009%")
    expect(reader.get_by_role("region", name="Who says so")).to_contain_text("Own model")

    worst = reader.get_by_role("region", name="Worst answers")
    expect(worst).to_contain_text("May I return it?")
    worst.get_by_role("link", name=MADE_UP).click()

    sentence = reader.locator(".gw-claim-bad", has_text=MADE_UP)
    expect(sentence).to_be_focused()
    expect(sentence).to_be_in_viewport()
    beside = reader.locator(".gw-claim-beside")
    expect(beside).to_contain_text("number 500, name Queen Margaret")
    beside.get_by_role("button", name="What was retrieved").click()
    expect(beside.locator(".gw-evidence")).to_have_text(PASSAGE)
    reader.locator(".gw-claim-good", has_text=SUPPORTED).click()
    expect(beside.locator("mark")).to_have_text(SUPPORTED)
