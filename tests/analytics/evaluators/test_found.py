"""Which evaluators a process finds: built-in ones, those of packages and files, judges; and what it says of others."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.evaluators import Evaluator, Sample, found
from analytics.evaluators.found import BUILT_IN, look, names
from tests.engine import ROOT

ONE = """
from analytics.evaluators import evaluator

@evaluator("{name}", version="2", reads="{reads}")
def judge(sample):
    return True
"""


def file(path: Path, name: str = "tone", reads: str = "answer") -> Path:
    """Write a file with one evaluator."""
    path.write_text(ONE.format(name=name, reads=reads))
    return path


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install a package `acme-checks` into a folder that is on the path; tests write its entry points."""
    folder = tmp_path / "site"
    info = folder / "acme_checks-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-checks\nVersion: 1.0\n")
    file(folder / "acme_checks.py")
    monkeypatch.syspath_prepend(str(folder))
    yield info / "entry_points.txt"
    sys.modules.pop("acme_checks", None)


def declare(package: Path, *points: str) -> None:
    """Let the package bring these evaluators."""
    package.write_text("\n".join(["[groundwire.evaluators]", *points]) + "\n")


def reason(name: str, *files: Path) -> str:
    """Return why there is no such evaluator."""
    return next(broken.error for broken in look(files, only=name).broken if broken.name == name)


def test_the_built_in_ones_are_there() -> None:
    """All evaluators that come with the product are found under their names, and read what they should."""
    there = look([])

    assert there.broken == []
    assert set(there.evaluators) == set(BUILT_IN)
    assert all(isinstance(one, Evaluator) for one in there.evaluators.values())
    assert all(name == one.name for name, one in there.evaluators.items())
    assert tuple(there.evaluators["groundedness"].reads) == ("answer",)
    assert tuple(there.evaluators["refusal"].reads) == ("output",)


def test_files_bring_their_evaluators(tmp_path: Path) -> None:
    """Every decorated function of a file is an evaluator; what the file imports is none."""
    own = file(tmp_path / "own.py")
    own.write_text(
        own.read_text() + "\nfrom analytics.evaluators import Evaluator, Sample\nagain = judge\n"
    )

    there = look([own], only="tone")

    assert list(there.evaluators) == ["tone"]
    assert there.origins == {"tone": "file own.py"}
    assert there.evaluators["tone"].evaluate([Sample(id="1")])[0].score == 1.0
    assert there.broken == []


def test_packages_bring_theirs_by_entry_points(package: Path) -> None:
    """An installed package names its evaluators in the group `groundwire.evaluators`."""
    declare(package, "tone = acme_checks:judge")

    there = look([], only="tone")

    assert there.origins == {"tone": "package acme-checks"}
    assert there.evaluators["tone"].version == "2"


@pytest.mark.parametrize(
    ("point", "why"),
    [
        ("tone = acme_missing:judge", "ModuleNotFoundError: No module named 'acme_missing'"),
        ("tone = acme_checks:nothing", "AttributeError: module 'acme_checks' has no attribute 'nothing'"),
        ("tone = acme_checks:evaluator", "acme_checks:evaluator is no evaluator"),
        ("tone = acme_checks:FunctionEvaluator", "has no attribute"),
    ],
)  # fmt: skip
def test_a_package_that_fails_is_told_and_leaves_others(
    package: Path, tmp_path: Path, point: str, why: str
) -> None:
    """A package that cannot be had is listed with the reason; the other evaluators are there."""
    declare(package, point, "manners = acme_checks:judge")

    there = look([file(tmp_path / "own.py", "own")])

    assert "own" in there.evaluators
    assert why in next(broken.error for broken in there.broken if broken.name == "tone")
    assert {broken.name for broken in there.broken} - set(BUILT_IN) == {"tone", "manners"}


def test_an_entry_point_is_named_as_its_evaluator(package: Path) -> None:
    """An entry point under another name than its evaluator's is refused: people would look for it in vain."""
    declare(package, "manners = acme_checks:judge")

    assert look([], only="manners").evaluators == {}
    assert look([], only="manners").broken[0].error == (
        "it calls itself tone, and its entry point manners: give both one name"
    )


def test_two_of_one_name_are_told(package: Path, tmp_path: Path) -> None:
    """The first of two of one name counts; the other is told where the first one is."""
    declare(package, "tone = acme_checks:judge")
    own, built_in = file(tmp_path / "own.py"), file(tmp_path / "other.py", "pii")

    assert look([own], only="tone").origins == {"tone": "package acme-checks"}
    assert (
        reason("tone", own)
        == "there is already one of this name (package acme-checks): rename one of them"
    )
    assert (
        reason("pii", built_in)
        == "there is already one of this name (built in): rename one of them"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("def broken(:", "SyntaxError"),
        ("import sys; sys.exit(2)", "SystemExit: 2"),
        ("x = 1", "there is no evaluator in it: decorate a function with @evaluator"),
        (None, "there is no such Python file"),
        (ONE.format(name="Tone!", reads="answer"), "its name is not made of a to z, 0 to 9 and _"),
        (ONE.format(name="tone", reads="replies"), "what it reads has to be of answer, input, output, retrieved"),
    ],
)  # fmt: skip
def test_a_file_that_fails_is_told(tmp_path: Path, text: str | None, why: str) -> None:
    """A file that is not there, cannot be executed or holds no good evaluator is listed with the reason."""
    own = tmp_path / "own.py"
    if text is not None:
        own.write_text(text)

    (broken,) = look([own], only="tone").broken

    assert broken.origin == "file own.py"
    assert why in broken.error


def test_names_are_known_without_loading(package: Path, tmp_path: Path) -> None:
    """Names of packages' evaluators are told without importing them."""
    declare(package, "tone = acme_missing:judge")

    assert set(names([file(tmp_path / "own.py", "own")])) == {*BUILT_IN, "own", "tone"}


def ask_process(code: str, **environment: str) -> str:
    """Return what a new process says."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **environment},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_process_finds_once_what_its_environment_names(tmp_path: Path) -> None:
    """GROUNDWIRE_EVALUATORS names files; what fails is logged once, and the same objects come every time."""
    files = os.pathsep.join(
        str(path) for path in (file(tmp_path / "own.py"), tmp_path / "missing.py")
    )

    said = ask_process(
        "from analytics.evaluators.found import evaluators\n"
        "print(evaluators()['tone'] is evaluators()['tone'])",
        GROUNDWIRE_EVALUATORS=files,
    )

    assert said.count("True") == 1
    assert (
        said.count(
            "evaluator file missing.py (file missing.py) is left out: there is no such Python file"
        )
        == 1
    )


def test_looking_loads_no_model() -> None:
    """Finding evaluators imports no model's runtime: a server that judges nothing stays small."""
    said = ask_process(
        "import sys\nfrom analytics.evaluators.found import evaluators\nevaluators()\n"
        "print([name for name in ('onnxruntime', 'tokenizers', 'torch', 'genai_prices') if name in sys.modules])"
    )

    assert said == "[]\n"


def test_a_judge_is_there_when_it_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an endpoint and a model there are a judge and a cascade; without, there are none."""
    assert not {"groundedness_judge", "groundedness_cascade"} & set(names([]))

    monkeypatch.setenv("GROUNDWIRE_JUDGE_URL", "https://llm.example/v1")
    monkeypatch.setenv("GROUNDWIRE_JUDGE_MODEL", "gpt-4o-mini")

    assert list(look([], only="groundedness_judge").evaluators) == ["groundedness_judge"]
    cascade = look([], only="groundedness_cascade")
    assert list(cascade.evaluators) == ["groundedness_cascade"]
    assert cascade.origins["groundedness_cascade"] == "GROUNDWIRE_JUDGE_URL"


@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [
        ("MODEL", "", "GROUNDWIRE_JUDGE_MODEL is missing"),
        ("URL", "llm.example", "GROUNDWIRE_JUDGE_URL is no address like https://api.openai.com/v1"),
        ("URL", "https://ann:hidden@llm.example/v1", "GROUNDWIRE_JUDGE_URL holds a user"),
        ("MODEL", "our-own", "a budget needs a price, and none is listed for this model: set GROUNDWIRE_JUDGE_PRICE"),
        ("PRICE", "cheap", "GROUNDWIRE_JUDGE_PRICE is not 2 amounts of US dollars; write 0.15,0.60"),
        ("PRICE", "1,-2", "GROUNDWIRE_JUDGE_PRICE is not 2 amounts of US dollars"),
        ("BUDGET", "nan", "GROUNDWIRE_JUDGE_BUDGET is not 1 amounts of US dollars; write 2.50"),
    ],
)  # fmt: skip
def test_settings_of_a_judge_that_cannot_be_are_told(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, why: str
) -> None:
    """What is missing or wrong is named by its variable, and repeats no secret."""
    monkeypatch.setenv("GROUNDWIRE_JUDGE_URL", "https://llm.example/v1")
    monkeypatch.setenv("GROUNDWIRE_JUDGE_MODEL", "gpt-4o-mini")
    monkeypatch.setenv(f"GROUNDWIRE_JUDGE_{setting}", value)

    said = reason("groundedness_cascade")

    assert said.startswith(why)
    assert "hidden" not in said


def test_the_module_keeps_what_it_found_for_itself() -> None:
    """The mapping that a process shares is what `found` tells, so that pages and the runner speak of the same."""
    assert found.evaluators() is found.found().evaluators
