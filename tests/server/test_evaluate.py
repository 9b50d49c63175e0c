"""`groundwire evaluate` as its user meets it: files in and out, what is wrong with them, figures against labels."""

import io
import json
import os
import pty
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from server.cli import app
from server.commands.evaluate_files import escaped
from tests.engine import ROOT

OWN = '''
import numpy as np
from analytics.evaluators import Claim, Evidence, Finding, Verdict, evaluator

@evaluator("share_of_a", version="3")
def share_of_a(sample):
    """A score that a test can work out: the share of letters that are `a`."""
    return sample.answer.count("a") / len(sample.answer)

@evaluator("first_word")
def first_word(sample):
    first = sample.answer.split()[0]
    evidence = Evidence(0, sample.contexts[0].index(first), sample.contexts[0].index(first) + len(first))
    claim = Claim(first, 0, len(first), 0.9, evidence, ("number 42",))
    return Verdict(score=0.9, label="supported", explanation="It is there.", claims=[claim], details={"words": 1})

@evaluator("shouts", reads="output")
def shouts(sample):
    if not sample.text.isupper():
        return Verdict(score=0.2, label="none")
    return Verdict(score=0.7, label="found", findings=[Finding("shout", 0, len(sample.text), 0.7)])

@evaluator("topic", reads="input")
def topic(sample):
    return sample.text

@evaluator("system_length", reads="output")
def system_length(sample):
    return len(sample.facts["system"]) / 100

@evaluator("with_numpy")
def with_numpy(sample):
    return Verdict(score=np.float32(0.25), label="supported", details={"mean": np.float64(0.5), "each": np.arange(2)})

@evaluator("length")
def length(sample):
    return len(sample.answer)

@evaluator("away")
def away(sample):
    if sample.answer == "b":
        raise KeyError(sample.answer)
    return True
'''


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Write a file with evaluators of the test's own."""
    file = tmp_path / "own.py"
    file.write_text(OWN)
    return file


def rows(path: Path, *members: Any) -> Path:
    """Write a file of rows; text is written as it stands."""
    lines = (row if isinstance(row, str) else json.dumps(row) for row in members)
    path.write_text("\n".join(lines) + "\n")
    return path


def run(
    name: str, source: Path | str, target: Path | str, *flags: Any, given: bytes = b""
) -> Result:
    """Run the command in this process."""
    words = ["evaluate", name, "--in", source, "--out", target, *flags]
    return CliRunner().invoke(app, [str(word) for word in words], input=given)


def results(path: Path) -> list[dict[str, Any]]:
    """Return what was written."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_row_gets_a_result(tmp_path: Path, own: Path) -> None:
    """Results come in the order of the rows, with their ids as they were, else the number of the line."""
    source = rows(
        tmp_path / "in", {"id": 7, "answer": "aa"}, "", {"id": "x", "answer": "ab"}, {"answer": "bb"}
    )  # fmt: skip

    done = run("share_of_a", source, tmp_path / "out", "--evaluators", own)

    assert done.exit_code == 0, done.output
    assert results(tmp_path / "out") == [
        {"id": 7, "score": 1.0, "label": "", "explanation": ""},
        {"id": "x", "score": 0.5, "label": "", "explanation": ""},
        {"id": 4, "score": 0.0, "label": "", "explanation": ""},
    ]
    assert "3 rows in" in done.stderr
    assert done.stdout == ""


def test_claims_come_with_the_text_of_their_evidence(tmp_path: Path, own: Path) -> None:
    """A claim tells its place, score and conflicts, and quotes its evidence from the context."""
    source = rows(tmp_path / "in", {"answer": "Ada wrote", "contexts": ["In 1843 Ada Byron wrote"]})

    run("first_word", source, tmp_path / "out", "--evaluators", own)

    assert results(tmp_path / "out") == [
        {
            "id": 1, "score": 0.9, "label": "supported", "explanation": "It is there.", "details": {"words": 1},
            "claims": [{
                "text": "Ada", "start": 0, "end": 3, "score": 0.9, "conflicts": ["number 42"],
                "evidence": {"context": 0, "start": 8, "end": 11, "text": "Ada"},
            }],
        }
    ]  # fmt: skip


def test_detectors_take_text_and_judges_of_answers_the_answer(tmp_path: Path, own: Path) -> None:
    """A detector reads `text`; one that judges what models say takes the `answer` of a row without text."""
    source = rows(
        tmp_path / "in", {"text": "HELP"}, {"answer": "hello"}, {"text": "hm", "answer": "NO"}
    )

    run("shouts", source, tmp_path / "out", "--evaluators", own)

    assert [(row["label"], row.get("findings")) for row in results(tmp_path / "out")] == [
        ("found", [{"type": "shout", "start": 0, "end": 4, "score": 0.7}]),
        ("none", None),
        ("none", None),
    ]


def test_facts_reach_the_evaluator(tmp_path: Path, own: Path) -> None:
    """What else is known of a row stands in `facts`."""
    source = rows(tmp_path / "in", {"text": "x", "facts": {"system": "ten chars."}})

    run("system_length", source, tmp_path / "out", "--evaluators", own)

    assert results(tmp_path / "out")[0]["score"] == 0.1


def test_figures_of_models_are_numbers(tmp_path: Path, own: Path) -> None:
    """Scores and details may be NumPy's, as models give them; they are written as plain numbers."""
    source = rows(tmp_path / "in", {"answer": "x", "good": 1}, {"answer": "y", "good": 0})

    done = run("with_numpy", source, tmp_path / "out", "--evaluators", own, "--expect", "good", "--json")  # fmt: skip

    assert results(tmp_path / "out")[0]["score"] == 0.25
    assert results(tmp_path / "out")[0]["details"] == {"mean": 0.5, "each": [0, 1]}
    assert json.loads(done.stdout)["expected"]["auroc"]["value"] == 0.5


def test_labels_follow_a_threshold(tmp_path: Path, own: Path) -> None:
    """With --threshold the labels of scores are by it."""
    source = rows(tmp_path / "in", {"text": "HELP"}, {"text": "hello"})

    run("shouts", source, tmp_path / "out", "--evaluators", own, "--threshold", "0.8")
    high = [row["label"] for row in results(tmp_path / "out")]
    run("shouts", source, tmp_path / "out", "--evaluators", own, "--threshold", "0.2")
    low = [row["label"] for row in results(tmp_path / "out")]

    assert high == ["none", "none"]
    assert low == ["found", "found"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{'id': 1}", "Line 2 is no JSON"),
        ("[1]", "Line 2 is no object"),
        ({"id": 5}, "Line 2 has no `answer`"),
        ({"answer": 5}, "Line 2 has a `answer` that is no text"),
        ({"answer": "a", "contexts": "one text"}, "Line 2 has `contexts` that are no list of texts"),
        ({"answer": "a", "contexts": [{"text": "a"}]}, "Line 2 has `contexts` that are no list"),
        ({"answer": "a", "id": [1]}, "Line 2 has an `id` that is neither text nor number"),
        ({"answer": "a", "facts": []}, None),
        ({"answer": "a", "facts": [1]}, "Line 2 has `facts` that are no object"),
        ({"answer": "a", "good": "perhaps"}, "Line 2 has a `good` that is no label"),
        ({"answer": "a", "good": 3}, "Line 2 has a `good` that is no label"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named(tmp_path: Path, own: Path, line: Any, why: str | None) -> None:
    """A line that cannot be read ends the command with its number and what to mend; the output stays as it was."""
    source = rows(tmp_path / "in", {"answer": "a", "good": True}, line)
    (tmp_path / "out").write_text("before")

    done = run("share_of_a", source, tmp_path / "out", "--evaluators", own, "--expect", "good")

    if why is None:
        assert done.exit_code == 0, done.stderr
        return
    assert done.exit_code == 1
    assert why in done.stderr
    assert (tmp_path / "out").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out", "own.py"]


def test_bad_lines_may_be_skipped(tmp_path: Path, own: Path) -> None:
    """With --skip-bad the other lines are judged, and the bad ones counted."""
    source = rows(tmp_path / "in", "oops", {"answer": "a"}, {"id": 3})

    done = run("share_of_a", source, tmp_path / "out", "--evaluators", own, "--skip-bad")

    assert [row["id"] for row in results(tmp_path / "out")] == [2]
    assert "Bad lines that were skipped: 2." in done.stderr


def test_an_evaluator_that_fails_is_told_with_its_line(tmp_path: Path, own: Path) -> None:
    """An error in one's own function names function, kind of error and line of the file, and writes nothing."""
    source = rows(tmp_path / "in", {"answer": "a"}, {"answer": "b"})

    done = run("away", source, tmp_path / "out", "--evaluators", own)

    assert done.exit_code == 1
    line = OWN.splitlines().index("        raise KeyError(sample.answer)") + 1
    assert f"away raised KeyError at own.py:{line}" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_score_that_is_no_probability_is_refused(tmp_path: Path, own: Path) -> None:
    """An evaluator whose score is above 1 is told so: its rows would be measured wrongly."""
    source = rows(tmp_path / "in", {"answer": "abc"})

    done = run("length", source, tmp_path / "out", "--evaluators", own)

    assert done.exit_code == 1
    assert "length gave a score that is no probability from 0 to 1" in done.stderr


@pytest.mark.parametrize(
    ("name", "file", "why"),
    [
        (
            "nothing",
            "",
            "There is no evaluator nothing. There are: away, context_relevance, first_word",
        ),
        ("broken", "1 / 0", "file broken.py: ZeroDivisionError: division by zero"),
        ("broken", "x = 1", "file broken.py: there is no evaluator in it: decorate a function"),
        (
            "pii",
            "from analytics.evaluators import evaluator\npii = evaluator('pii')(len)",
            None,
        ),
    ],
)
def test_an_evaluator_that_is_not_there_is_told(
    tmp_path: Path, own: Path, name: str, file: str, why: str | None
) -> None:
    """A wrong name lists the right ones; a file that cannot be had says why; built-in names are not taken over."""
    source = rows(tmp_path / "in", {"answer": "a", "text": "a"})
    other = tmp_path / "broken.py"
    other.write_text(file or "from own import *")
    flags = ["--evaluators", own, *(["--evaluators", other] if file else [])]

    done = run(name, source, tmp_path / "out", *flags)

    if why is None:
        assert results(tmp_path / "out")[0]["label"] == "none"
        return
    assert done.exit_code == 1
    assert why in done.stderr


def test_a_missing_file_is_told(tmp_path: Path, own: Path) -> None:
    """An input that is not there, or an output without a directory, is named."""
    there = rows(tmp_path / "in", {"answer": "a"})

    missing = run("share_of_a", tmp_path / "no", tmp_path / "out", "--evaluators", own)
    nowhere = run("share_of_a", there, tmp_path / "no" / "out", "--evaluators", own)

    assert (missing.exit_code, nowhere.exit_code) == (1, 1)
    assert "No such file" in missing.stderr
    assert "No such file" in nowhere.stderr


def labelled(path: Path) -> Path:
    """Write 400 rows whose score is the chance of their label, in groups of four."""
    chance = random.Random(4)
    written = []
    for number in range(400):
        share = chance.randrange(11) / 10
        answer = "a" * round(10 * share) + "b" * (10 - round(10 * share))
        written.append({"answer": answer, "good": chance.random() < share, "group": number // 4})
    return rows(path, *written)


def test_figures_are_shown_against_labels(tmp_path: Path, own: Path) -> None:
    """With --expect people see AUROC, F1 and calibration with intervals, on standard output."""
    source = labelled(tmp_path / "in")

    done = run("share_of_a", source, tmp_path / "out", "--evaluators", own, "--expect", "good")

    assert done.exit_code == 0, done.stderr
    assert "share_of_a 3 against `good`: 400 rows in 100 groups" in done.stdout
    for name in ("AUROC", "average precision", "F1 at 0.5", "Brier score", "calibration error"):
        assert name in done.stdout
    assert "best of these rows" in done.stdout


def test_figures_are_told_to_programs(tmp_path: Path, own: Path) -> None:
    """With --json the figures are one object on standard output, and right."""
    source = labelled(tmp_path / "in")

    done = run(
        "share_of_a", source, tmp_path / "out", "--evaluators", own, "--expect", "good", "--json"
    )

    told = json.loads(done.stdout)
    found = told["expected"]
    assert (told["evaluator"], told["version"], told["rows"]) == ("share_of_a", "3", 400)
    assert found["rows"] == 400
    assert found["groups"] == 100
    assert found["auroc"]["low"] < found["auroc"]["value"] < found["auroc"]["high"]
    assert found["auroc"]["value"] == pytest.approx(0.85, abs=0.05)
    assert found["calibration_error"] < 0.1
    assert len(found["calibration"]) >= 9


def test_labels_may_be_written_in_several_ways(tmp_path: Path, own: Path) -> None:
    """True and false, 1 and 0, words and probabilities are labels; a row without one is left out and counted."""
    good = [True, 1, "supported", "TRUE", 0.9, "found"]
    bad = [False, 0, "unsupported", "false", 0.2, "none"]
    labels = [("a", label) for label in good] + [("b", label) for label in bad] + [("a", None)]
    source = rows(tmp_path / "in", *({"answer": a, "is": label} for a, label in labels))

    done = run(
        "share_of_a", source, tmp_path / "out", "--evaluators", own, "--expect", "is", "--json"
    )

    found = json.loads(done.stdout)["expected"]
    assert (found["rows"], found["positive"], found["unlabelled"]) == (12, 6, 1)
    assert found["auroc"]["value"] == 1.0
    assert found["f1"]["value"] == 1.0


def test_figures_without_any_label_are_an_error(tmp_path: Path, own: Path) -> None:
    """A member that no row has is told; the results are there all the same."""
    source = rows(tmp_path / "in", {"answer": "a"})

    done = run("share_of_a", source, tmp_path / "out", "--evaluators", own, "--expect", "gold")

    assert done.exit_code == 1
    assert "No row has both a score and, in `gold`, what is expected." in done.stderr
    assert len(results(tmp_path / "out")) == 1


def test_labels_of_the_evaluator_are_measured_too(tmp_path: Path, own: Path) -> None:
    """Where an evaluator says yes or no by a threshold of its own, precision and recall of that are told."""
    source = rows(
        tmp_path / "in", {"text": "HELP", "shout": 1}, {"text": "NO", "shout": 0}, {"text": "x", "shout": 1}
    )  # fmt: skip

    done = run("shouts", source, tmp_path / "out", "--evaluators", own, "--expect", "shout", "--json")  # fmt: skip

    as_labelled = json.loads(done.stdout)["expected"]["as_labelled"]
    assert (as_labelled["precision"], as_labelled["recall"]) == (0.5, 0.5)


def test_standard_input_and_output(own: Path) -> None:
    """With - rows are read from a pipe and results written to one; figures then stand with the messages."""
    done = run(
        "share_of_a", "-", "-", "--evaluators", own, "--expect", "good",
        given=b'\xef\xbb\xbf{"answer": "ab", "good": true}\n{"answer": "bb", "good": false}\n',
    )  # fmt: skip

    assert [json.loads(line)["score"] for line in done.stdout.splitlines()] == [0.5, 0.0]
    assert "AUROC" in done.stderr


def test_the_input_may_be_the_output(tmp_path: Path, own: Path) -> None:
    """A file can be replaced by its own results, also behind a link."""
    there = rows(tmp_path / "in", {"answer": "a"})
    (tmp_path / "link").symlink_to(there)

    run("share_of_a", tmp_path / "link", tmp_path / "link", "--evaluators", own)

    assert results(there)[0]["score"] == 1.0
    assert (tmp_path / "link").is_symlink()


def program(*words: Any, **given: Any) -> subprocess.Popen[bytes]:
    """Start the program itself."""
    command = [sys.executable, "-m", "server", "evaluate", *(str(word) for word in words)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "COLUMNS": "200"}, **given)


def test_texts_cannot_steer_a_terminal(tmp_path: Path, own: Path) -> None:
    """On a terminal results hold no control characters, and no label of one's own does: all is escaped."""
    hostile = "\x1b[2J\x9b31m\u202e"
    source = rows(tmp_path / "in", {"id": hostile, "text": hostile})
    primary, secondary = pty.openpty()

    process = program(
        "topic", "--in", source, "--out", "-", "--evaluators", own, stdout=secondary, stderr=subprocess.PIPE
    )  # fmt: skip
    said = process.communicate(timeout=60)[1].decode()
    os.close(secondary)
    with io.FileIO(primary) as terminal:
        shown = terminal.read(10_000).decode()

    assert process.returncode == 0, said
    assert "\\u001b[2J" in shown
    assert "\\u009b31m\\u202e" in shown
    assert not set("\x1b\x9b\u202e") & set(shown)
    assert "\\u001b[2J" in said
    assert hostile not in said
    assert json.loads(shown)["id"] == hostile


def test_a_reader_that_goes_away_ends_it(tmp_path: Path, own: Path) -> None:
    """`| head` ends the command without a traceback."""
    source = rows(tmp_path / "in", *({"answer": "a" * 1000} for _ in range(5000)))

    process = program(
        "share_of_a", "--in", source, "--out", "-", "--evaluators", own, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()

    assert process.wait(60) == 1
    assert "Traceback" not in said


def test_escapes_are_those_of_json() -> None:
    """What is escaped for a terminal is still JSON and means the same."""
    text = 'a"\\é\x7f\x9b\U0001f600'

    assert json.loads(escaped(json.dumps(text, ensure_ascii=False))) == text
