"""docs/write-an-evaluator.md and docs/evaluate-offline.md: what is printed there runs as it stands."""

import base64
import json
import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from analytics.evaluators import EvaluationFailed, Sample, settings
from analytics.evaluators.found import BUILT_IN, look
from analytics.evaluators.outbound import networks
from analytics.evaluators.webhook import Webhook
from server.cli import app
from tests.analytics.evaluators.stand_in import QUICK, Answer, Asked, standing_in
from tests.engine import ROOT

WRITE = (ROOT / "docs" / "write-an-evaluator.md").read_text()
OFFLINE = (ROOT / "docs" / "evaluate-offline.md").read_text()
SETTINGS = (ROOT / "docs" / "reference" / "settings.md").read_text()
SECRET = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"


def block(page: str, containing: str) -> str:
    """Return the indented block of a page that contains this."""
    blocks = re.findall(r"(?:^(?:    .*)?\n)+", page, re.MULTILINE)
    (found,) = [text for text in blocks if containing in text]
    return (
        "\n".join(line.removeprefix("    ") for line in str(found).strip("\n").split("\n")) + "\n"
    )


def evaluated(name: str, file: Path, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the command says of rows."""
    (file.parent / "in").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["evaluate", name, "--in", "in", "--out", "out", "--evaluators", str(file)]
    words = [str(file.parent / word) if word in ("in", "out") else word for word in words]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in (file.parent / "out").read_text().splitlines()]


def test_an_evaluator_takes_less_than_ten_lines(tmp_path: Path) -> None:
    """The first example is an evaluator in under ten lines, and the command shows its scores."""
    file = tmp_path / "checks.py"
    file.write_text(block(WRITE, "def names_a_source"))

    results = evaluated(
        "names_a_source", file, {"answer": "According to the manual, yes."}, {"answer": "Yes."}
    )

    assert len(file.read_text().splitlines()) < 10
    assert [row["score"] for row in results] == [1.0, 0.0]


def test_an_evaluator_of_texts_marks_what_it_found(tmp_path: Path) -> None:
    """The second example finds something in single texts and says where."""
    file = tmp_path / "competitor.py"
    file.write_text(block(WRITE, "def competitor"))

    found, nothing = evaluated("competitor", file, {"text": "Try Acme."}, {"text": "Try ours."})

    assert found["findings"] == [{"type": "competitor", "start": 4, "end": 8, "score": 1.0}]
    assert (found["label"], nothing["label"]) == ("found", "none")


def test_an_object_of_a_class_is_an_evaluator_too(tmp_path: Path) -> None:
    """A class with name, version, reads and evaluate judges samples in batches; the class itself is no evaluator."""
    file = tmp_path / "own.py"
    file.write_text(
        "from analytics.evaluators import EvaluationFailed, Verdict\n"
        "class Lengths:\n"
        "    name, version, reads = 'lengths', '1', ('answer',)\n"
        "    def evaluate(self, samples):\n"
        "        if len(samples) > 2:\n"
        "            raise EvaluationFailed('the model is away')\n"
        "        return [Verdict(score=len(sample.answer) / 100) for sample in samples]\n"
        "lengths = Lengths()\n"
    )

    assert [row["score"] for row in evaluated("lengths", file, {"answer": "a"})] == [0.01]
    with pytest.raises(EvaluationFailed):
        look([file], only="lengths").evaluators["lengths"].evaluate([Sample(id="1")] * 3)


def test_a_webhook_stands_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The webhook of the page is an evaluator once its secret is set."""
    monkeypatch.setenv("TONE_SECRET", SECRET)
    file = tmp_path / "hooks.py"
    file.write_text(block(WRITE, "tone = Webhook("))

    assert look([file], only="tone").origins == {"tone": "file hooks.py"}


def test_a_receiver_can_check_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The receiver's check takes a genuine request, and neither another body nor an old one."""
    monkeypatch.setenv("TONE_SECRET", SECRET)
    names: dict[str, Any] = {}
    exec(block(WRITE, "def is_genuine"), names)  # noqa: S102 - the page's own code
    is_genuine = names["is_genuine"]

    def answer(asked: Asked) -> Answer:
        old = {**asked.headers, "webhook-timestamp": "1700000000"}
        checks = (asked.headers, asked.body), (asked.headers, asked.body + b" "), (old, asked.body)
        return Answer(
            {"verdicts": [{"details": {"genuine": [is_genuine(*check) for check in checks]}}]}
        )

    with standing_in(answer) as here:
        tone = Webhook(
            name="tone", url=here.url, secret=SECRET, networks=networks("127.0.0.0/8"), patience=QUICK
        )  # fmt: skip
        (verdict,) = tone.evaluate([Sample(id="1")])

    assert verdict.details["genuine"] == [True, False, False]


def test_the_printed_row_is_judged(tmp_path: Path) -> None:
    """The row of the page goes into groundedness, and what comes out has the form that is printed."""
    row = block(OFFLINE, '{"id": "a1", "question"')
    printed = json.loads(block(OFFLINE, '{"id": "a1", "score"'))
    (tmp_path / "in").write_text(row)

    words = ("evaluate", "groundedness", "--in", tmp_path / "in", "--out", tmp_path / "out")
    done = CliRunner().invoke(app, [str(word) for word in words])

    assert done.exit_code == 0, done.stderr
    said = json.loads((tmp_path / "out").read_text())
    assert set(printed) <= set(said)
    assert (said["id"], said["label"]) == (printed["id"], printed["label"])
    (claim,) = said["claims"]
    assert set(claim) == set(printed["claims"][0])
    assert {**claim, "score": 0} == {**printed["claims"][0], "score": 0}


def test_every_flag_and_evaluator_is_on_the_page() -> None:
    """The page names each flag of the command and each evaluator that comes with the product."""
    command = get_command(app).commands["evaluate"]  # type: ignore[attr-defined]
    flags = {
        parameter.opts[0] for parameter in command.params if parameter.opts[0].startswith("--")
    }

    assert {flag for flag in flags if flag not in OFFLINE + WRITE} == set()
    assert {name for name in BUILT_IN if f"`{name}`" not in OFFLINE} == set()


def test_every_setting_of_evaluators_is_on_the_page() -> None:
    """The reference tells all variables of evaluators, and no others."""
    table = SETTINGS.partition("## Evaluators")[2]
    variables = {value for value in vars(settings).values() if str(value).startswith("GROUNDWIRE_")}

    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == variables
