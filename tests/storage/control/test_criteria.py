"""What a criterion takes for an answer, and what makes no criterion."""

from typing import Any

import pytest

from storage.control.criteria import Criterion, checked, from_json, to_json
from storage.errors import BadInput

HELPFUL = Criterion(name="helpful", kind="boolean")
TONE = Criterion(name="tone", kind="category", labels=("warm", "plain", "rude"))
GRADE = Criterion(name="grade", kind="number", minimum=1, maximum=5, step=0.5, required=False)


@pytest.mark.parametrize(
    ("criterion", "value"), [(HELPFUL, False), (TONE, "rude"), (GRADE, 2.5), (GRADE, 5)]
)
def test_an_answer_of_the_right_kind_is_kept(criterion: Criterion, value: Any) -> None:
    """A boolean, one of the labels, a number on the scale."""
    assert criterion.accepted(value) == value


@pytest.mark.parametrize(
    ("criterion", "value"),
    [(HELPFUL, "true"), (HELPFUL, 1), (TONE, "cold"), (TONE, 1), (GRADE, True), (GRADE, "5"),
     (GRADE, 6), (GRADE, 2.3), (GRADE, float("nan"))],
)  # fmt: skip
def test_another_answer_is_refused(criterion: Criterion, value: Any) -> None:
    """What is of another kind, no label, or off the scale is refused by the criterion's name."""
    with pytest.raises(BadInput, match=criterion.name):
        criterion.accepted(value)


@pytest.mark.parametrize(
    ("criteria", "about"),
    [
        ([], "0 criteria"),
        ([Criterion(name=" ", kind="boolean")], "needs a name"),
        ([HELPFUL, HELPFUL], "same name"),
        ([Criterion(name="x", kind="category", labels=("a",))], "1 labels"),
        ([Criterion(name="x", kind="category", labels=("a", "a "))], "twice"),
        ([Criterion(name="x", kind="number")], "no ends"),
        ([Criterion(name="x", kind="number", minimum=5, maximum=1)], "ends at 1"),
        ([Criterion(name="x", kind="number", minimum=0, maximum=1, step=0)], "steps of 0"),
        ([Criterion(name="x", kind="number", minimum=0, maximum=float("inf"))], "no ends"),
    ],
)
def test_what_is_no_criterion_is_refused(criteria: list[Criterion], about: str) -> None:
    """The message says what is wrong with it."""
    with pytest.raises(BadInput, match=about):
        checked(criteria)


def test_criteria_survive_the_database() -> None:
    """What is kept as JSON comes back the same, trimmed of what its kind has no use for."""
    kept = checked([HELPFUL, TONE, GRADE, Criterion(name=" y ", kind="boolean", labels=("a", "b"))])

    assert from_json(to_json(kept)) == kept
    assert kept[-1] == Criterion(name="y", kind="boolean")
