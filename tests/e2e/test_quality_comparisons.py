"""The page of comparisons in a browser, and the check of a release pipeline in a shell."""

import os
import re
import subprocess
import time
import uuid
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, wait_until
from tests.e2e.conftest import ask as read_json
from tests.e2e.test_feedback import judge
from tests.engine import ROOT
from tests.samples import Traces, set_attributes

A_SIDE = 64
UNSUPPORTED = "evaluation.groundedness < 0.5"
DOCS = (ROOT / "docs" / "quality.md").read_text()


@pytest.fixture(scope="module")
def project(server: Server) -> str:
    """Return a project in which half of the answers of prompt version 6 are unsupported, and none of version 7."""
    project = f"compared-{uuid.uuid4().hex[:8]}"
    traces = Traces(start_ns=time.time_ns() - 60 * 10**9)
    given = []
    for place in range(2 * A_SIDE):
        version = 6 + place % 2
        root = traces.span("POST /answer")
        set_attributes(
            root, {"gen_ai.prompt.name": "answer", "gen_ai.prompt.version": str(version)}
        )
        bad = version == 6 and place % 4 == 0
        call = traces.span("chat m", parent=root)
        sure = -1.6 if bad else -0.05
        set_attributes(
            call, {"gen_ai.operation.name": "chat", "gen_ai.response.mean_logprob": sure}
        )
        judged = {"name": "groundedness", "value": 0.1 if bad else 0.9, "source": "code"}
        given.append({**judged, "trace_id": root.trace_id.hex()})
    headers = {"content-type": "application/x-protobuf", "x-groundwire-project": project}
    httpx.post(
        f"{server.otlp}/v1/traces", content=traces.body(), headers=headers, timeout=60
    ).raise_for_status()
    judge(server, project, *given)
    listed = f"{server.url}/api/v1/traces?project={project}&limit=1000"
    wait_until(lambda: len(read_json(listed)["traces"]) == 2 * A_SIDE, "the traces")
    return project


def open_page(page: Page, server: Server, **query: str) -> None:
    """Open the page with what its URL says."""
    page.goto(f"{server.url}/ui/quality/comparisons?{urlencode(query)}")


def ended(lines: str, folder: Path, **env: str) -> int:
    """Return how lines of shell end."""
    done = subprocess.run(
        ["/bin/bash", "-c", lines], cwd=folder, env={"PATH": os.environ["PATH"], **env}, check=False
    )
    return done.returncode


def test_from_the_verdict_to_the_traces_and_into_the_pipeline(
    page: Page, server: Server, project: str, tmp_path: Path
) -> None:
    """Intervals and verdict are shown, a side leads to its traces, and what is copied lets only the better one out."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, server, project=project, outcome=UNSUPPORTED)
    row = page.get_by_role("row").filter(has_text="groundedness < 0.5")
    expect(row).to_contain_text("Better")
    expect(row).to_contain_text("at any time \u2212")
    expect(row.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile("difference \u221250.0\u2009pp.*at any time \u2212")
    )
    page.get_by_role("button", name="Copy the check").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert ended(copied, tmp_path) == 0

    page.get_by_role("button", name="Swap baseline and candidate").click()

    expect(row).to_contain_text("Worse")
    page.get_by_role("button", name="Copy the check").click()
    assert ended(page.evaluate("navigator.clipboard.readText()"), tmp_path) == 1
    row.get_by_role("link", name="traces of answer@6").click()
    expect(page).to_have_url(re.compile("/ui/traces"))
    expect(page.get_by_label("Filter", exact=True)).to_have_value(re.compile('prompt_version = "6"'))  # fmt: skip


def test_margin_start_and_confidence(page: Page, server: Server, project: str) -> None:
    """A margin is set by keys and stands in the URL, the start can be fixed; confidence tells the bad answers."""
    sides = {"baseline": "answer@7", "candidate": "answer@6"}
    open_page(page, server, project=project, told=UNSUPPORTED, **sides)
    row = page.get_by_role("row").filter(has_text="groundedness")
    expect(row).to_contain_text("Worse")
    field = page.get_by_label("Margin in points")
    field.fill("90")
    field.press("Enter")
    expect(row).to_contain_text("Not worse")
    expect(page).to_have_url(re.compile("margin=0.9"))
    expect(field).to_be_focused()
    page.get_by_role("button", name="Fix the start").click()
    expect(page).to_have_url(re.compile(r"from=\d{4}-"))
    expect(page.get_by_text("The range moves on")).to_have_count(0)

    sure = page.get_by_role("region", name="Confidence")
    expect(sure).to_contain_text(f"{2 * A_SIDE} of {2 * A_SIDE} traces send them")
    expect(sure).to_contain_text("AUROC 1.00")
    expect(sure.get_by_role("img", name=re.compile(r"100\s% came out badly"))).to_have_count(1)


def test_says_what_is_missing(page: Page, server: Server) -> None:
    """A project without versions, models and log-probabilities says what it takes, and which attributes are read."""
    open_page(page, server, project=f"empty-{uuid.uuid4().hex[:8]}")

    expect(page.get_by_text("No two prompt versions in this time range")).to_be_visible()
    expect(page.get_by_text("gen_ai.response.avg_logprobs")).to_be_visible()


def test_the_check_of_the_documentation(server: Server, project: str, tmp_path: Path) -> None:
    """The lines that docs/quality.md prints let version 7 out, with a key of the project that may read."""
    (printed,) = re.findall(r"```bash\n(status=.*?)```", DOCS, re.DOTALL)
    body = {"name": "pipeline", "scopes": ["read"]}
    made = httpx.post(
        f"{server.url}/api/v1/keys", params={"project": project}, json=body, timeout=60
    )
    assert made.status_code < 300, made.text

    told = {"GROUNDWIRE": server.url, "GROUNDWIRE_KEY": str(made.json()["secret"])}

    assert ended(printed, tmp_path, **told) == 0
    turned = printed.replace("baseline=6&candidate=7", "baseline=7&candidate=6")
    assert ended(turned, tmp_path, **told) == 1
