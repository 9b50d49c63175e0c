"""What a project's threshold makes of a score: in questions as in Python."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from storage.client import Engine
from storage.evaluators.thresholds import (
    SetThreshold,
    keep_thresholds,
    store_thresholds,
    told_label,
)
from storage.query import ask, load

pytestmark = pytest.mark.engine

NAMES = ("groundedness", "faithfulness", "pii", "my_own")
SCORES = (None, 0.0, 0.4999, 0.5, 0.7, 1.0, 4.0)
LABELS = ("", "found", "none", "supported", "unsupported", "no_answer", "yes")
SOURCES = ("model", "code", "human", "")
NOW = datetime.now(UTC)


def in_questions(engine: Engine, project: str) -> dict[tuple[object, ...], str]:
    """Return what questions make of every evaluation there could be."""
    rows = ", ".join(
        f"('{name}', {'NULL' if score is None else score}, '{label}', '{source}')"
        for name, score, label, source in product(NAMES, SCORES, LABELS, SOURCES)
    )
    told = load("evaluators/told_label").text
    text = (
        f"SELECT name, score, label, source, {told} AS told FROM values("  # noqa: S608 - our own
        "'name LowCardinality(String), score Nullable(Float64), label LowCardinality(String), "
        f"source LowCardinality(String)', {rows})"
    )
    found = ask(engine, "told", text, {"project": project}).result_rows
    return {tuple(row[:4]): row[4] for row in found}


def test_questions_and_python_agree(engine: Engine, project: str) -> None:
    """Whatever the name, score, label and source, both say the same, with and without a threshold."""
    thresholds = {"groundedness": 0.7, "faithfulness": 0.4, "pii": 0.5}
    store_thresholds(
        engine,
        [SetThreshold(project, name, threshold, NOW) for name, threshold in thresholds.items()],
    )
    found = in_questions(engine, project)
    assert len(found) == len(NAMES) * len(SCORES) * len(LABELS) * len(SOURCES)
    for (name, score, label, source), told in found.items():
        expected = told_label(name, score, label, thresholds.get(name), source=source)  # type: ignore[arg-type, call-overload]
        assert told == expected, (name, score, label, source)


@pytest.mark.parametrize(
    ("name", "score", "label", "threshold", "told"),
    [
        ("groundedness", 0.6, "supported", 0.7, "unsupported"),
        ("groundedness", 0.7, "unsupported", 0.7, "supported"),
        ("groundedness", 0.1, "no_answer", 0.7, "no_answer"),
        ("groundedness", None, "no_contexts", 0.7, "no_contexts"),
        ("pii", 0.6, "found", 0.7, "none"),
        ("pii", 0.9, "none", 0.7, "found"),
        ("pii", 0.9, "found", None, "found"),
        ("my_own", 0.9, "", 0.7, "found"),
        ("faithfulness", 0.9, "", 0.7, "supported"),
        ("my_own", 0.9, "true", 0.7, "true"),
    ],
)
def test_a_threshold_decides_what_scores_decide(
    name: str, score: float | None, label: str, threshold: float | None, told: str
) -> None:
    """From the threshold on a text is found or an answer supported; labels that say something else stay."""
    assert told_label(name, score, label, threshold) == told


def test_what_people_say_stands() -> None:
    """A threshold is of an evaluator's scores, not of a person's word."""
    assert told_label("pii", 1.0, "none", 0.5, source="human") == "none"


def test_the_threshold_set_last_counts(engine: Engine, project: str) -> None:
    """Whichever process stores it last, and the copy is mended where it lacks one."""
    late, early = NOW, NOW - timedelta(seconds=1)
    place = ("pii", 0.7, "found", "model")
    keep_thresholds(engine, [SetThreshold(project, "pii", 0.8, late)])
    assert in_questions(engine, project)[place] == "none"
    store_thresholds(engine, [SetThreshold(project, "pii", 0.1, early)])
    keep_thresholds(engine, [SetThreshold(project, "pii", 0.1, early)])
    assert in_questions(engine, project)[place] == "none"
    keep_thresholds(engine, [SetThreshold(project, "pii", None, late + timedelta(seconds=1))])
    assert in_questions(engine, project)[("pii", 0.7, "none", "model")] == "none"
    assert in_questions(engine, project)[place] == "found"


def test_projects_keep_their_own(engine: Engine, project: str) -> None:
    """A threshold of one project says nothing in another."""
    store_thresholds(engine, [SetThreshold(f"{project}-other", "pii", 0.99, NOW)])
    assert in_questions(engine, project)[("pii", 0.7, "found", "model")] == "found"
