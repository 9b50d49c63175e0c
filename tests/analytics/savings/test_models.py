"""Which cheaper models are found as good, from sums of verdicts."""

import numpy as np
import pytest

from analytics.savings.models import ENOUGH, LEAST_VERDICTS, MARGIN, UNSURE, WORSE, compare
from storage.savings import Verdicts

PROMPT = ("triage", "sort", "v1")
COSTS = {(PROMPT, "large"): 0.01, (PROMPT, "small"): 0.002}
RUNS = 2_000


def verdicts(model: str, right: int, n: int, name: str = "correct") -> Verdicts:
    """Return verdicts of which so many say that an answer was right, each on a trace of its own."""
    return Verdicts(
        feature="triage", prompt_name="sort", prompt_version="v1", model=model, name=name, kind="boolean", votes=n,
        weight=n, clusters=n, total=right, squares=right, nn=n, ss=right, sn=right,
    )  # fmt: skip


def numbers(model: str, values: "np.typing.NDArray[np.float64]") -> Verdicts:
    """Return scores, each on a trace of its own."""
    n, squares = len(values), float((values**2).sum())
    total = float(values.sum())
    return Verdicts(
        feature="triage", prompt_name="sort", prompt_version="v1", model=model, name="score", kind="number", votes=n,
        weight=n, clusters=n, total=total, squares=squares, nn=n, ss=squares, sn=total,
    )  # fmt: skip


def outcome(*rows: Verdicts) -> str:
    """Return the verdict on the one pair of models."""
    (found,) = compare(list(rows), COSTS)
    assert (found.dear, found.cheap) == ("large", "small")
    return found.verdict


def test_as_good_needs_enough_verdicts_on_both() -> None:
    """With fewer than a hundred on one model nothing is said, however alike they are."""
    few = LEAST_VERDICTS - 1
    assert outcome(verdicts("large", 930, 1000), verdicts("small", 930, 1000)) == ENOUGH
    assert outcome(verdicts("large", 930, 1000), verdicts("small", few, few)) == UNSURE


def test_a_model_that_differs_is_not_as_good() -> None:
    """Whichever way it differs: of a score it is not known whether more is better."""
    assert outcome(verdicts("large", 920, 1000), verdicts("small", 740, 1000)) == WORSE
    assert outcome(verdicts("large", 100, 1000), verdicts("small", 300, 1000)) == WORSE


def test_one_evaluation_that_differs_is_enough_against_it() -> None:
    """As good by one evaluation and worse by another is not as good."""
    alike = (verdicts("large", 930, 1000), verdicts("small", 930, 1000))
    apart = (verdicts("large", 900, 1000, "polite"), verdicts("small", 700, 1000, "polite"))
    assert outcome(*alike, *apart) == WORSE


def test_models_without_a_common_evaluation_are_not_compared() -> None:
    """Different questions about their answers tell nothing of the two."""
    assert compare([verdicts("large", 9, 10), verdicts("small", 9, 10, "polite")], COSTS) == []


def test_false_recommendations_are_rare() -> None:
    """A model that is worse by the margin is found as good in about 1 of 40 cases, never more than 1 of 28."""
    random = np.random.default_rng(1)
    large = random.binomial(1_200, 0.93, RUNS)
    small = random.binomial(600, 0.93 - MARGIN, RUNS)
    claimed = sum(
        outcome(verdicts("large", int(a), 1_200), verdicts("small", int(b), 600)) == ENOUGH
        for a, b in zip(large, small, strict=True)
    )
    assert claimed / RUNS <= 0.035


def test_a_model_that_is_as_good_is_found() -> None:
    """With 800 verdicts on each, in nine of ten cases."""
    random = np.random.default_rng(2)
    large, small = (random.binomial(800, 0.93, RUNS) for _ in range(2))
    found = sum(
        outcome(verdicts("large", int(a), 800), verdicts("small", int(b), 800)) == ENOUGH
        for a, b in zip(large, small, strict=True)
    )
    assert found / RUNS >= 0.9


@pytest.mark.parametrize(("shift", "expected"), [(0.0, ENOUGH), (0.5, WORSE)])
def test_numbers_are_compared_in_their_own_spread(shift: float, expected: str) -> None:
    """The margin of a mean is a fifth of a standard deviation."""
    values = np.random.default_rng(3).normal(70.0, 8.0, 2_000)
    rows = numbers("large", values), numbers("small", values - shift * 8.0)
    assert outcome(*rows) == expected
