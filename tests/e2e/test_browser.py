"""What a reader does in a browser, from the list of traces to one retrieved chunk."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.conftest import Server, Witness, new_context, wait_listed, wait_until
from tests.e2e.spans import (
    ANSWER,
    CHUNK,
    IMAGE,
    QUESTION,
    SCHEME,
    SCRIPT,
    provider_for,
    trace_id_of,
)


def rows(page: Page) -> Locator:
    """Find the rows of the table that have their data."""
    return page.locator(".ag-center-cols-container .ag-row:has(.gw-cell-trace)")


def open_list(page: Page, server: Server, query: str = "") -> None:
    """Open the list of traces and wait for its rows."""
    page.goto(f"{server.url}/ui/{query}")
    expect(rows(page).first).to_be_visible()


def open_trace(page: Page, server: Server, trace_id: str) -> None:
    """Open a trace and wait for its spans."""
    page.goto(f"{server.url}/ui/traces/{trace_id}")
    expect(page.get_by_role("treeitem").first).to_be_visible()


def span(page: Page, name: str) -> Locator:
    """Find a span in the tree."""
    return page.get_by_role("treeitem").filter(has_text=name)


def choose(page: Page, name: str) -> None:
    """Click a span and wait for its panel."""
    span(page, name).first.click()
    expect(page.locator("#span-head h2")).to_have_text(name)


def test_lists_the_traces_that_were_sent(page: Page, server: Server) -> None:
    """Every trace has a row with its name, question and answer; the footer accounts for all spans."""
    open_list(page, server)

    expect(rows(page)).to_have_count(server.sent.count)
    row = rows(page).filter(has_text="zebrafish")
    expect(row).to_contain_text("POST /chat")
    expect(row).to_contain_text("Refunds take five days")
    expect(row).to_contain_text("gpt-4o")
    expect(row).to_contain_text("acme")
    expect(page.locator("#counters")).to_contain_text("received")
    expect(page.locator(".gw-chart-volume figcaption")).to_contain_text(str(server.sent.count))


def test_finds_a_trace_by_a_word_of_its_question(page: Page, server: Server) -> None:
    """The search box leaves the traces whose prompts or answers hold the word; clearing it brings all back."""
    open_list(page, server)

    page.keyboard.press("/")
    page.keyboard.type("aquarium")

    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("zebrafish")
    assert "q=aquarium" in page.url
    page.get_by_label("Search prompts and answers").fill("")
    expect(rows(page)).to_have_count(server.sent.count)


def test_filters_to_errors_with_one_click(page: Page, server: Server) -> None:
    """The quick filter writes its condition into the filter bar and leaves only failed traces."""
    open_list(page, server)

    page.get_by_role("button", name="Errors", exact=True).click()

    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("POST /export")
    expect(page.get_by_label("Filter", exact=True)).to_have_value("error")


def test_completes_fields_and_values_from_the_keyboard(page: Page, server: Server) -> None:
    """Field, operator and value are offered as one types, taken with Tab, and applied with Enter."""
    open_list(page, server)
    page.keyboard.press("f")
    page.keyboard.type("tenan")
    option = page.get_by_role("option").filter(has_text=re.compile("^tenant"))
    expect(option.first).to_be_visible()

    page.keyboard.press("Tab")
    page.keyboard.type("= ")
    expect(page.get_by_role("option").filter(has_text="acme")).to_be_visible()
    page.keyboard.type("ac")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(rows(page)).to_have_count(2)


def test_points_at_the_mistake_in_a_filter(page: Page, server: Server) -> None:
    """A wrong filter says what is wrong, with a caret under the place, and mends itself when corrected."""
    open_list(page, server)

    page.get_by_label("Filter", exact=True).fill("error and modell = 3")
    page.keyboard.press("Enter")

    complaint = page.get_by_role("alert").filter(has_text="modell")
    expect(complaint.locator("pre")).to_have_text("error and modell = 3\n          ^")
    page.get_by_label("Filter", exact=True).fill("error")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(complaint).to_be_hidden()


def test_reads_the_messages_of_a_model_call(page: Page, server: Server) -> None:
    """A trace opens on its model call, with question, answer, and the web address in it as a safe link."""
    open_list(page, server)
    rows(page).filter(has_text="zebrafish").click()

    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text(QUESTION)
    expect(panel).to_contain_text(ANSWER)
    link = panel.get_by_role("link", name="https://example.com/refunds")
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    expect(page.locator("#trace-header")).to_contain_text("acme")


def test_reads_the_documents_of_a_retrieval(page: Page, server: Server) -> None:
    """A retrieval shows each chunk with rank, id, score and text."""
    open_trace(page, server, server.sent.good)

    choose(page, "retrieval kb")

    first = page.locator(".gw-document").first
    expect(first).to_contain_text("#1")
    expect(first).to_contain_text("kb-12")
    expect(first).to_contain_text("0.92")
    expect(first).to_contain_text(CHUNK)


def test_reads_a_tool_call_and_an_exception(page: Page, server: Server) -> None:
    """A tool's arguments and result are readable JSON; an error shows its type, message and stack."""
    open_trace(page, server, server.sent.good)
    choose(page, "execute_tool order_status")
    expect(page.get_by_role("tabpanel")).to_contain_text('"order": 4711')

    open_trace(page, server, server.sent.failed)
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("TimeoutError")
    expect(panel).to_contain_text("the export took too long")
    expect(panel).to_contain_text("Traceback (most recent call last)")


def test_narrows_the_attributes(page: Page, server: Server) -> None:
    """The attribute table can be narrowed to what holds a word."""
    open_trace(page, server, server.sent.good)
    choose(page, "execute_tool order_status")
    page.get_by_role("tab", name="Attributes").click()
    expect(page.get_by_role("cell", name="service.name", exact=True)).to_be_visible()

    page.get_by_label("Find an attribute").fill("tool.name")

    expect(page.get_by_role("cell", name="gen_ai.tool.name", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="service.name", exact=True)).to_be_hidden()


def test_follows_the_session_and_back_to_a_trace(page: Page, server: Server) -> None:
    """From a trace to its session: all turns in order, each with a link to its trace."""
    open_trace(page, server, server.sent.good)

    page.get_by_role("link", name=server.sent.session).click()

    turns = page.locator(".gw-turn")
    expect(turns).to_have_count(2)
    expect(turns.nth(0)).to_contain_text(QUESTION)
    expect(turns.nth(0)).to_contain_text(ANSWER)
    expect(turns.nth(1)).to_contain_text("And without the receipt?")
    turns.nth(0).get_by_role("link", name="Trace").click()
    expect(page.get_by_role("treeitem").first).to_be_visible()
    assert server.sent.good in page.url


def test_a_shared_link_opens_the_same_view(page: Page, server: Server, browser: Browser) -> None:
    """Search, filter, order and columns stand in the URL; another reader who opens it sees the same rows."""
    open_list(page, server)
    page.get_by_label("Filter", exact=True).fill('tenant = "acme"')
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("columnheader", name="Duration").click()
    expect(page).to_have_url(re.compile("sort=-duration"))

    context = new_context(browser)
    other = context.new_page()
    other.goto(page.url)
    expect(rows(other)).to_have_count(2)
    # A list that is being sorted shows its rows as they were until the answer comes.
    wait_until(lambda: rows(other).all_inner_texts() == rows(page).all_inner_texts(), "the order")
    context.close()


def test_a_shared_link_opens_the_same_span(page: Page, server: Server, browser: Browser) -> None:
    """The chosen span stands in the URL of a trace."""
    open_trace(page, server, server.sent.good)
    choose(page, "retrieval kb")
    expect(page).to_have_url(re.compile("span="))

    context = new_context(browser)
    other = context.new_page()
    other.goto(page.url)
    expect(other.locator("#span-head h2")).to_have_text("retrieval kb")
    context.close()


def test_back_and_forward_change_the_view(page: Page, server: Server) -> None:
    """Each change of the question is a step of the browser's history."""
    open_list(page, server)
    page.get_by_role("button", name="Errors", exact=True).click()
    expect(rows(page)).to_have_count(1)

    page.go_back()
    expect(rows(page)).to_have_count(server.sent.count)
    expect(page.get_by_label("Filter", exact=True)).to_have_value("")

    page.go_forward()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_label("Filter", exact=True)).to_have_value("error")


def test_zooms_by_dragging_over_the_chart(page: Page, server: Server) -> None:
    """A drag over the volume chart narrows the time range; zooming out restores it."""
    open_list(page, server)
    expect(page.locator(".gw-bar-ok, .gw-bar-error").first).to_be_attached()
    box = page.locator(".gw-chart-volume .gw-brush-area").bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + 5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + 20, steps=4)
    page.mouse.up()

    expect(page).to_have_url(re.compile("from=.*&to="))
    expect(page.get_by_text("No traces in this time range")).to_be_visible()
    page.get_by_role("button", name="Zoom out").click()
    expect(rows(page)).to_have_count(server.sent.count)


def test_hostile_text_does_nothing(page: Page, server: Server, witness: Witness) -> None:
    """Markup and javascript: addresses in spans are shown as text everywhere, and nothing of them runs."""
    open_list(page, server)
    expect(rows(page).filter(has_text="<script>").first).to_be_visible()
    open_trace(page, server, server.sent.hostile)
    expect(page.locator("#trace-header")).to_contain_text(SCRIPT)
    for name in ("chat evil", "retrieval evil"):
        choose(page, name)
        for tab in page.get_by_role("tab").all():
            tab.click()
            expect(page.get_by_role("tabpanel")).to_be_visible()
    choose(page, "chat evil")
    page.get_by_role("tab", name="Messages").click()
    expect(page.get_by_role("tabpanel")).to_contain_text(SCRIPT)
    expect(page.get_by_role("tabpanel")).to_contain_text(IMAGE)
    page.locator(".gw-fact").filter(has_text="Session").get_by_role("link").click()
    expect(page.locator(".gw-turn")).to_contain_text("<script>")

    assert page.evaluate("window.hacked") is None
    assert page.locator("a[href^='javascript' i], img, iframe, object").count() == 0
    assert witness.dialogs == []


def test_no_link_of_a_hostile_trace_leads_astray(page: Page, server: Server) -> None:
    """Every link of the page of a hostile trace is one of ours, or goes to the web by http."""
    open_trace(page, server, server.sent.hostile)
    choose(page, "retrieval evil")
    expect(page.locator(".gw-document")).to_contain_text(SCHEME)

    links = page.eval_on_selector_all("a", "links => links.map(link => link.href)")

    assert links
    assert [link for link in links if not re.match("https?://", link)] == []


def test_the_keyboard_is_enough(page: Page, server: Server) -> None:
    """j, k, Enter and the arrows go from the list to a span and Esc back, with the row still chosen."""
    open_list(page, server, "?filter=tenant+%3D+%22acme%22")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    chosen = page.locator(".ag-row-selected")
    expect(chosen).to_have_count(1)
    name = chosen.get_attribute("row-id")
    page.keyboard.press("Enter")
    expect(page.get_by_role("treeitem").first).to_be_visible()

    page.keyboard.press("Home")
    expect(page.locator("#span-head h2")).to_have_text("POST /chat")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#span-head h2")).to_have_text("retrieval kb")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("treeitem")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("treeitem")).to_have_count(4)
    page.keyboard.press("Escape")

    expect(page.locator(f".ag-row-selected[row-id='{name}']")).to_be_visible()
    assert "filter=" in page.url
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keys")


def test_a_trace_of_30000_spans_scrolls(page: Page, server: Server) -> None:
    """Only the rows in sight are in the page, wherever one scrolls; the last is a key away, one is found by name."""
    open_trace(page, server, server.sent.wide)
    expect(page.locator(".gw-axis-tree")).to_have_text("30\u2009001 spans")

    page.keyboard.press("End")
    expect(page.locator("#span-head h2")).to_have_text("call 299.98")
    assert page.get_by_role("treeitem").count() < 100
    page.get_by_label("Find in this trace").fill("call 150.42")
    page.keyboard.press("Enter")
    expect(page.locator(".gw-row-chosen")).to_contain_text("call 150.42")

    for step in (30, 270, 150):
        page.locator("#span-tree").evaluate(
            "(view, step) => { view.scrollTop = view.scrollHeight * step / 300; }", step
        )
        expect(span(page, f"call {step}.").first).to_be_in_viewport()
        assert page.get_by_role("treeitem").count() < 100


def send_one(server: Server, name: str, project: str) -> None:
    """Send a trace of one span to a project, and wait until it can be asked for."""
    provider = provider_for(server.otlp, project)
    with provider.get_tracer("tail").start_as_current_span(name) as span:
        pass
    provider.shutdown()
    wait_listed(server.url, project, [trace_id_of(span)])


def test_live_tail_brings_new_traces_and_keeps_the_choice(page: Page, server: Server) -> None:
    """With the tail on, a new trace appears at the top by itself, and the chosen row stays chosen."""
    send_one(server, "first request", "tail")
    page.goto(f"{server.url}/ui/?project=tail&live=1")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("j")
    chosen = page.locator(".ag-row-selected")
    expect(chosen).to_contain_text("first request")

    send_one(server, "fresh request", "tail")

    expect(rows(page)).to_have_count(2)
    expect(page.locator(".ag-row[row-index='0']").first).to_contain_text("fresh request")
    expect(chosen).to_have_count(1)
    expect(chosen).to_contain_text("first request")


def test_projects_keep_apart(page: Page, server: Server) -> None:
    """The project is chosen in the header, and only its traces are shown; the choice stands in the URL."""
    send_one(server, "elsewhere request", "other")
    open_list(page, server, "?project=other")
    expect(rows(page)).to_have_count(1)

    page.get_by_role("textbox", name="Project").click()
    page.get_by_role("option", name="default").click()

    expect(rows(page)).to_have_count(server.sent.count)
    assert "project" not in page.url


def test_what_arrives_while_an_empty_list_is_asked_for_is_not_called_older(
    page: Page, server: Server
) -> None:
    """The list that was asked for before the first trace came shows it all the same."""
    send_one(server, "late request", "late")
    answers: list[str] = []

    def before_it_came(route: Route) -> None:
        answers.append(route.request.url)
        if len(answers) > 1:
            route.continue_()
        else:
            route.fulfill(json={**route.fetch().json(), "rows": []})

    page.route("**/ui/data/traces?*", before_it_came)
    open_list(page, server, "?project=late")
    expect(rows(page)).to_contain_text("late request")
    assert len(answers) > 1


def test_an_answer_that_comes_after_the_list_was_left_is_dropped(
    page: Page, server: Server
) -> None:
    """What a list still waits for when its reader goes on changes nothing, and throws nothing, on the next page."""
    waiting: list[Route] = []
    page.route("**/ui/data/evaluation-names*", lambda route: waiting.append(route))  # noqa: PLW0108
    with page.expect_request("**/ui/data/evaluation-names*"):
        page.goto(f"{server.url}/ui/traces")

    page.get_by_role("link", name="Status").first.click()
    expect(page.get_by_role("heading", name="Status", level=1)).to_be_visible()
    with page.expect_response("**/ui/data/evaluation-names*"):
        for route in waiting:
            route.continue_()
    page.evaluate("new Promise(requestAnimationFrame)")


def test_recovers_when_the_server_comes_back(page: Page, server: Server) -> None:
    """While the server is away the page says so, keeps what was asked, and shows it once the server answers again."""
    open_list(page, server)
    page.route("**/ui/data/**", lambda route: route.abort())
    page.get_by_role("button", name="Errors", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")

    page.unroute("**/ui/data/**")

    expect(rows(page)).to_have_count(1)
    expect(page.locator(".gw-bar-error")).to_have_count(1)


def test_a_newcomer_is_told_how_to_send_a_trace(page: Page, server: Server) -> None:
    """A project without traces shows the exact lines that send a first one."""
    page.goto(f"{server.url}/ui/?project=empty")

    expect(page.get_by_role("heading", name="Send a first trace")).to_be_visible()
    expect(page.get_by_text("OTEL_EXPORTER_OTLP_ENDPOINT=")).to_be_visible()


def test_says_when_a_trace_is_not_there(page: Page, server: Server) -> None:
    """An unknown trace id is said to be unknown, not shown as an empty trace."""
    page.goto(f"{server.url}/ui/traces/{'0' * 31}1")

    expect(page.get_by_role("alert")).to_contain_text("No such trace")


def test_the_theme_is_chosen_and_remembered(page: Page, server: Server) -> None:
    """The page follows the system until a theme is chosen, which then outlives a reload."""
    page.emulate_media(color_scheme="dark")
    open_list(page, server)
    html = page.locator("html")
    expect(html).to_have_attribute("data-mantine-color-scheme", "dark")

    page.get_by_label("Light, dark or as the system").click()
    expect(html).to_have_attribute("data-mantine-color-scheme", "light")
    page.reload()

    expect(rows(page).first).to_be_visible()
    expect(html).to_have_attribute("data-mantine-color-scheme", "light")


def test_times_are_local_with_utc_at_hand(page: Page, server: Server) -> None:
    """A moment is shown in the reader's time zone; its title says UTC."""
    open_trace(page, server, server.sent.good)

    shown = page.locator("#trace-header time")
    local, utc = shown.inner_text(), shown.get_attribute("title") or ""

    assert utc.endswith("UTC")
    minutes = [int(text[11:13]) * 60 + int(text[14:16]) for text in (local, utc)]
    assert (minutes[0] - minutes[1]) % 1440 == 330  # Kolkata is five and a half hours ahead


def test_status_accounts_for_every_span(page: Page, server: Server) -> None:
    """The status page shows the balance per signal and project."""
    page.goto(f"{server.url}/ui/status")

    row = page.get_by_role("row").filter(has_text="default")
    expect(row).to_contain_text("Spans")
    expect(row).to_contain_text("balanced")


@pytest.mark.parametrize("size", [(1440, 900), (1024, 700)])
def test_nothing_sticks_out_of_the_window(
    page: Page, server: Server, size: tuple[int, int]
) -> None:
    """At common sizes the page itself never scrolls sideways."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for path in (
        "",
        f"traces/{server.sent.good}",
        "sessions",
        f"sessions/{server.sent.session}",
        "status",
    ):
        page.goto(f"{server.url}/ui/{path}")
        expect(page.locator(".gw-main .gw-page")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
