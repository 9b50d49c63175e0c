"""An evaluator of one's own, by docs/write-an-evaluator.md: a few lines in a file, switched on, its scores seen."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import new_context
from tests.engine import ROOT, Server, running_server, wait_until
from tests.samples import Traces, message, set_attributes

pytestmark = pytest.mark.slow

NAME = "names_a_source"
PAGE = (ROOT / "docs" / "write-an-evaluator.md").read_text()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Server]:
    """Run the program with the page's evaluator in a file that the environment names."""
    lines = re.search(r"^    from .*?(?=^\S)", PAGE, re.MULTILINE | re.DOTALL)
    assert lines is not None
    file = tmp_path / "checks.py"
    file.write_text(re.sub(r"^    ", "", lines.group(), flags=re.MULTILINE))
    with running_server(tmp_path / "server", env={"GROUNDWIRE_EVALUATORS": str(file)}) as program:
        yield program


def send(program: Server, *answers: str) -> list[str]:
    """Deliver a trace for each answer; return their ids."""
    traces = Traces()
    spans = [traces.span("chat m") for _ in answers]
    for span, answer in zip(spans, answers, strict=True):
        set_attributes(span, {
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": [message("user", "How long?")],
            "gen_ai.output.messages": [message("assistant", answer)],
        })  # fmt: skip
    sent = httpx.post(
        f"{program.otlp}/v1/traces",
        content=traces.body(),
        headers={"content-type": "application/x-protobuf"},
    )
    assert sent.status_code == 200
    return [span.trace_id.hex() for span in spans]


def test_ten_lines_are_enough_to_see_scores(browser: Browser, program: Server) -> None:
    """The page's evaluator judges traces once it is switched on; its scores stand on the trace and find it in lists."""
    changed = httpx.put(f"{program.url}/api/v1/evaluators/{NAME}", json={"enabled": True})
    assert changed.status_code == 200, changed.text
    sourced, bare = send(program, "According to the manual, five days.", "Five days.")

    def judged() -> bool:
        told = program.get("/evaluations", name=NAME)["evaluations"]
        return len(told) == 2

    wait_until(judged, 90, what=f"two scores; {program.log[-2000:]}")
    context = new_context(browser)
    page = context.new_page()
    page.goto(f"{program.url}/ui/traces/{sourced}?project=default")
    expect(page.locator("#span-head h2")).to_have_text("chat m")
    page.keyboard.press("e")
    evaluation = page.locator(".gw-evaluation").filter(has_text=NAME)
    expect(evaluation).to_contain_text("yes")
    rows = page.locator(".ag-center-cols-container .ag-row:has(.gw-cell-trace)")
    page.goto(
        f"{program.url}/ui/traces?project=default&filter={quote(f'evaluation.{NAME} = false')}"
    )
    expect(rows).to_have_count(1)
    rows.first.locator(".gw-cell-trace").click()
    expect(page).to_have_url(re.compile(bare))
    page.goto(f"{program.url}/ui/quality/evaluators?project=default")
    page.get_by_role("link", name=NAME, exact=True).click()
    said = page.get_by_role("region", name="Threshold").get_by_role("row")
    expect(said.filter(has_text="yes")).to_contain_text(re.compile(r"yes\s*1\s*50"))
    expect(page.locator(".gw-evaluator-facts")).to_contain_text("Today2")
    context.close()
