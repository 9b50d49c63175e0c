"""Questions of the rollups as they are put to the engine."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from storage.costs.coverage import Coverage
from storage.costs.dimensions import DIMENSIONS, source_of
from storage.costs.usage import Plan, UsageQuestion
from storage.costs.usage_questions import question

START = datetime(2025, 6, 1, 10, 15, tzinfo=UTC)
END = datetime(2025, 6, 20, tzinfo=UTC)

ASKED: tuple[Mapping[str, Any], ...] = (
    {},
    {"step": "day", "time_zone": "Asia/Kolkata"},
    {"group_by": ("tenant", "model")},
    {"group_by": ("tenant", "user", "session"), "with_conversations": True},
    {"group_by": ("feature",), "with_conversations": True, "step": 86400},
    {"where": {name: ["x"] for name in DIMENSIONS}},
)


def covering(plan: Plan) -> Coverage:
    """Return a coverage by all kinds of rows."""
    steps = plan.steps
    return Coverage(plan.source, steps, (END,), (END,), steps.broken_hours, END)


@pytest.mark.parametrize("asked", ASKED)
def test_every_read_is_scoped_to_the_project(asked: Mapping[str, Any]) -> None:
    """Each table that a question reads is narrowed to the bound project at once."""
    plan = Plan.of(UsageQuestion(start=START, end=END, **asked))
    text = plan.query(covering(plan)).text + question("coverage").text
    reads = re.findall(
        r"(?:FROM|JOIN) (calls|usage_\w+|costings|changed_hours|rolled_\w+)( FINAL)?\s+(WHERE project_id = "
        r"\{project:String\})?",
        text,
    )
    assert reads
    assert all(where for _, _, where in reads), reads
    assert "spans" not in text


def test_values_are_bound() -> None:
    """What a caller narrows a question to never stands in its text."""
    plan = Plan.of(UsageQuestion(start=START, end=END, where={"tenant": ["'; DROP TABLE spans"]}))

    assert "DROP" not in plan.query(covering(plan)).text
    assert plan.where.values == {"only_tenant": ["'; DROP TABLE spans"]}


@pytest.mark.parametrize(
    ("dimensions", "source"),
    [
        ((), "usage_by_hour"),
        (("tenant", "feature", "prompt_version"), "usage_by_hour"),
        (("tenant", "session"), "usage_by_session"),
        (("user",), "usage_by_session"),
        (("user", "model"), "calls"),
    ],
)
def test_the_smallest_table_that_can_answer_does(dimensions: tuple[str, ...], source: str) -> None:
    """A rollup that has all the dimensions, else calls."""
    assert source_of(dimensions) == source
