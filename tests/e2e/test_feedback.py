"""Judging in a browser: in place on a trace, and finding again what was judged."""

import re
import uuid
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Server, wait_listed, wait_until
from tests.e2e.conftest import ask as read_json
from tests.e2e.spans import message, provider_for, trace_id_of


def ask(server: Server, project: str, answers: Sequence[str], session: str = "") -> list[str]:
    """Send a trace for each answer and wait until they are listed; return their ids."""
    provider = provider_for(server.otlp, project)
    tracer = provider.get_tracer("app")
    ids = []
    for answer in answers:
        with tracer.start_as_current_span("POST /ask") as root:
            if session:
                root.set_attribute("session.id", session)
            with tracer.start_as_current_span("chat m") as call:
                call.set_attribute("gen_ai.operation.name", "chat")
                call.set_attribute("gen_ai.input.messages", f"[{_json('user', 'How long?')}]")
                call.set_attribute("gen_ai.output.messages", f"[{_json('assistant', answer)}]")
        ids.append(trace_id_of(root))
    provider.shutdown()
    wait_listed(server.url, project, ids)
    return ids


def _json(role: str, text: str) -> str:
    return httpx.Request("POST", "http://x", json=message(role, text)).content.decode()


def judge(server: Server, project: str, *given: dict[str, Any]) -> None:
    """Give evaluations over the API."""
    answer = httpx.post(
        f"{server.url}/api/v1/evaluations", params={"project": project}, json={"evaluations": given}
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture
def project() -> str:
    """Return the name of a project that no other test uses."""
    return f"judged-{uuid.uuid4().hex[:8]}"


def open_trace(page: Page, server: Server, project: str, trace_id: str) -> Locator:
    """Open a trace and its evaluations; return the panel."""
    page.goto(f"{server.url}/ui/traces/{trace_id}?project={project}")
    expect(page.locator("#span-head h2")).to_have_text("chat m")
    page.keyboard.press("e")
    panel = page.locator(".gw-evaluations")
    expect(panel.get_by_role("button", name="Good")).to_be_visible()
    return panel


def open_list(page: Page, server: Server, project: str, count: int, query: str = "") -> Locator:
    """Open the list of traces and wait for so many rows; return them."""
    rows = page.locator(".ag-center-cols-container .ag-row:has(.gw-cell-trace)")
    listed = f"{server.url}/ui/data/traces?project={project}{query}"
    wait_until(lambda: len(read_json(listed)["rows"]) == count, "the traces")
    page.goto(f"{server.url}/ui/traces?project={project}{query}")
    expect(rows).to_have_count(count)
    return rows


def evaluation(panel: Locator, name: str) -> Locator:
    """Find an evaluation by its name."""
    return panel.locator(".gw-evaluation").filter(
        has=panel.page.locator(".gw-evaluation-name", has_text=re.compile(f"^{name}$"))
    )


def test_rates_an_answer_changes_its_mind_and_withdraws(
    page: Page, server: Server, project: str
) -> None:
    """A thumb is one's own judgement: pressing the other changes it, its history keeps both; it can be withdrawn."""
    (trace_id,) = ask(server, project, ["Five days."])
    panel = open_trace(page, server, project, trace_id)

    panel.get_by_role("button", name="Bad").click()
    own = evaluation(panel, "review")
    expect(own).to_contain_text("bad")
    expect(page.locator("#trace-header")).to_contain_text("review bad")
    panel.get_by_role("button", name="Good").click()
    expect(own).to_have_count(1)
    expect(own).to_contain_text("good")
    expect(panel.get_by_role("button", name="Good")).to_have_attribute("aria-pressed", "true")
    own.get_by_role("button", name="History").click()
    expect(own.locator(".gw-version")).to_have_count(2)
    expect(own.locator(".gw-version").last).to_contain_text("bad")
    own.get_by_role("button", name="Withdraw").click()

    expect(own).to_have_count(0)
    expect(page.locator("#trace-header")).not_to_contain_text("review")


def test_the_keyboard_is_enough_to_judge(page: Page, server: Server, project: str) -> None:
    """Plus and minus rate the trace from anywhere on its page; a comment is typed and saved without a mouse."""
    (trace_id,) = ask(server, project, ["Five days."])
    page.goto(f"{server.url}/ui/traces/{trace_id}?project={project}")
    expect(page.locator("#span-head h2")).to_have_text("chat m")

    page.keyboard.press("-")
    panel = page.locator(".gw-evaluations")
    expect(evaluation(panel, "review")).to_contain_text("bad")
    panel.get_by_role("button", name="Comment").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Nobody said five.")
    page.keyboard.press("Control+Enter")
    expect(evaluation(panel, "review")).to_contain_text("Nobody said five.")
    expect(evaluation(panel, "review")).to_contain_text("bad")
    panel.get_by_role("button", name="Comment").focus()
    page.keyboard.press("Enter")
    page.keyboard.type(" More")
    page.keyboard.press("Escape")

    expect(panel.locator("form")).to_have_count(0)
    expect(evaluation(panel, "review")).not_to_contain_text("More")
    assert trace_id in page.url


def test_corrects_an_answer(page: Page, server: Server, project: str) -> None:
    """The answer is there to be edited; what was changed stands against what was said."""
    (trace_id,) = ask(server, project, ["It takes five days."])
    panel = open_trace(page, server, project, trace_id)

    panel.get_by_role("button", name="Correct", exact=True).click()
    field = panel.get_by_label("The answer as it should be")
    expect(field).to_have_value("It takes five days.")
    field.fill("It takes ten days.")
    panel.get_by_role("button", name="Save").click()

    correction = evaluation(panel, "correction")
    expect(correction.locator("del")).to_have_text("five")
    expect(correction.locator("ins")).to_have_text("ten")


def test_scores_a_span_by_a_name_of_its_own(page: Page, server: Server, project: str) -> None:
    """A number, or a label, under any name; on the span that is chosen, and not on the trace."""
    (trace_id,) = ask(server, project, ["Five days."])
    panel = open_trace(page, server, project, trace_id)

    panel.get_by_role("button", name="This span").click()
    panel.get_by_role("button", name="Score").click()
    panel.get_by_label("Name").fill("tone of voice")
    panel.get_by_label("Value").fill("friendly")
    panel.get_by_label("Value").press("Enter")

    section = panel.locator("section").filter(has=page.get_by_role("heading", name="This span"))
    expect(section).to_contain_text("friendly")
    expect(page.locator("#count-evaluations")).to_have_text("1")
    panel.get_by_role("button", name="Score").click()
    panel.get_by_label("Name").fill("grade")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("alert")).to_contain_text("Give a value")


def test_says_when_a_judgement_could_not_be_saved(page: Page, server: Server, project: str) -> None:
    """If the server does not answer, the panel says that nothing was saved, and what was typed is still there."""
    (trace_id,) = ask(server, project, ["Five days."])
    panel = open_trace(page, server, project, trace_id)
    panel.get_by_role("button", name="Comment").click()
    panel.get_by_label("Comment").fill("Too short")
    page.route("**/api/v1/evaluations*", lambda route: route.abort())

    panel.get_by_role("button", name="Save").click()

    expect(panel.get_by_role("alert")).to_contain_text("does not answer. Nothing was saved")
    expect(panel.get_by_label("Comment")).to_have_value("Too short")


def test_hostile_evaluations_are_text(page: Page, server: Server, project: str) -> None:
    """Names, labels, comments and authors from outside are shown as they are, and nothing of them runs."""
    script = "<img src=x onerror='window.hacked=1'>"
    (trace_id,) = ask(server, project, ["Five days."])
    hostile = {"explanation": script, "author": script, "trace_id": trace_id, "correction": script}
    judge(server, project, {"name": script, "value": script, "source": "human", **hostile})
    panel = open_trace(page, server, project, trace_id)

    expect(panel).to_contain_text(script)
    rows = open_list(page, server, project, 1)
    expect(rows).to_contain_text(script)

    assert page.evaluate("window.hacked") is None


def test_lists_what_users_said_and_finds_it(page: Page, server: Server, project: str) -> None:
    """Users' feedback has a column unasked; a click on one filters, on its head sorts; a chip finds bad ones."""
    ids = ask(server, project, ["One.", "Two.", "Three."])
    given = [
        {"name": "user_feedback", "value": good, "source": "human", "author": "u", "trace_id": one}
        for one, good in zip(ids, (True, False), strict=False)
    ]
    judge(server, project, *given, {"name": "grounded", "value": 0.42, "trace_id": ids[2]})
    rows = open_list(page, server, project, 3)

    expect(page.get_by_role("columnheader", name="user_feedback")).to_be_visible()
    expect(page.get_by_role("columnheader", name="grounded")).to_have_count(0)
    rows.get_by_role("button", name="user_feedback: good").click()
    expect(page.get_by_label("Filter", exact=True)).to_have_value("evaluation.user_feedback >= 0.5")
    expect(rows).to_have_count(1)
    page.get_by_label("Clear the filter").click()
    expect(rows).to_have_count(3)
    page.get_by_role("columnheader", name="user_feedback").click()
    expect(page).to_have_url(re.compile(r"sort=evaluation\.user_feedback"))
    expect(page.locator(".ag-row[row-index='0']")).to_contain_text("Two.")
    page.get_by_role("button", name="Bad feedback").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Two.")


def test_chooses_a_score_column(page: Page, server: Server, project: str) -> None:
    """Every name can be a column; the choice stands in the URL and holds for whoever opens it."""
    (trace_id,) = ask(server, project, ["One."])
    judge(server, project, {"name": "grounded, by words", "value": 0.4242, "trace_id": trace_id})
    rows = open_list(page, server, project, 1)

    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="grounded, by words").check()
    expect(rows).to_contain_text("0.424")
    page.reload()

    expect(rows).to_contain_text("0.424")
    expect(page.get_by_role("columnheader", name="grounded, by words")).to_be_visible()


def test_marks_the_turns_of_a_session(page: Page, server: Server, project: str) -> None:
    """A session shows what was said of it as a whole, and of each turn."""
    session = f"s-{uuid.uuid4().hex[:8]}"
    first, _ = ask(server, project, ["One.", "Two."], session)
    judge(server, project, {"name": "resolved", "value": True, "session_id": session},
          {"name": "user_feedback", "value": False, "source": "human", "trace_id": first})  # fmt: skip
    open_list(page, server, project, 2)

    page.goto(f"{server.url}/ui/sessions/{session}?project={project}")

    expect(page.locator(".gw-session-head")).to_contain_text("resolved yes")
    expect(page.locator(".gw-turn").nth(0)).to_contain_text("user_feedback bad")
    expect(page.locator(".gw-turn").nth(1)).not_to_contain_text("user_feedback")


def test_sorts_sessions_by_their_evaluations(page: Page, server: Server, project: str) -> None:
    """A click on the column's head brings the sessions that users liked least to the top; time brings them back."""
    liked, disliked = (f"{word}-{uuid.uuid4().hex[:8]}" for word in ("liked", "disliked"))
    for session, good in ((disliked, False), (liked, True)):
        (trace_id,) = ask(server, project, ["Yes."], session)
        said = {"name": "user_feedback", "value": good, "source": "human", "trace_id": trace_id}
        judge(server, project, said)
    open_list(page, server, project, 2)
    page.goto(f"{server.url}/ui/sessions?project={project}")
    top = page.locator('[row-index="0"] [col-id="session_id"]')
    expect(top).to_contain_text(f"{liked}")

    page.get_by_role("columnheader", name="user_feedback").click()

    expect(top).to_contain_text(disliked)
    expect(page).to_have_url(re.compile("sort=evaluation.user_feedback"))
    page.get_by_role("columnheader", name="Latest trace").click()
    expect(page).not_to_have_url(re.compile("sort="))
    expect(top).to_contain_text(liked)


def test_hands_a_trace_to_a_queue(page: Page, server: Server, project: str) -> None:
    """A trace goes into an annotation queue from its own page; the second time the page says that it is there."""
    (trace_id,) = ask(server, project, ["Five days."])
    queue = {"name": "Weekly sample", "criteria": [{"name": "helpful", "kind": "boolean"}]}
    made = httpx.post(f"{server.url}/api/v1/queues", params={"project": project}, json=queue)
    assert made.status_code == 201, made.text
    panel = open_trace(page, server, project, trace_id)

    for said in ("Added to Weekly sample", "in Weekly sample already"):
        panel.get_by_role("button", name="Add to queue").click()
        panel.get_by_role("menuitem", name="Weekly sample").click()
        expect(page.locator("#toast")).to_contain_text(said)
