"""Scores against labels: the figures that people are shown, and their intervals."""

import numpy as np
import pytest

from analytics.evaluators.assessment import assess


def rows(count: int, seed: int) -> tuple[list[bool], list[float]]:
    """Return rows of a normal model with an AUROC of .76 (d' = 1)."""
    random = np.random.default_rng(seed)
    truth = random.uniform(size=count) < 0.4
    strength = random.normal(size=count) + truth
    return truth.tolist(), (1 / (1 + np.exp(0.5 - strength))).tolist()


def test_intervals_hold_the_true_value() -> None:
    """The 95 % interval of AUROC holds the true one in about 95 of 100 data sets, and a larger one is narrower."""
    intervals = [assess(*rows(150, seed)).auroc for seed in range(60)]
    large = assess(*rows(3000, 1)).auroc

    held = sum(i.low <= 0.7602 <= i.high for i in intervals if i.low and i.high)
    assert held >= 53
    assert large.low is not None
    assert large.high is not None
    assert large.high - large.low < 0.05


def test_rows_of_a_group_count_as_one() -> None:
    """The same rows ten times over, told as groups, are known no better than once."""
    truth, scores = rows(100, 3)
    ids = list(range(100)) * 10

    once = assess(truth, scores).auroc
    again = assess(truth * 10, scores * 10, ids)
    as_rows = assess(truth * 10, scores * 10).auroc

    assert again.groups == 100
    assert again.auroc.low == pytest.approx(once.low, abs=0.03)
    assert again.auroc.high == pytest.approx(once.high, abs=0.03)
    assert as_rows.low is not None
    assert once.low is not None
    assert as_rows.low > once.low + 0.03


def test_few_groups_have_no_interval() -> None:
    """Of nine rows the figures are told, without an interval that would mean nothing."""
    found = assess([True, False, True] * 3, [0.9, 0.2, 0.4] * 3)

    assert found.auroc.value == 1.0
    assert found.auroc.low is None
    assert found.rows == 9
    assert found.positive == 6


def test_the_threshold_is_the_one_asked_for() -> None:
    """F1, precision and recall are told at the threshold given, and at the best one of these rows."""
    found = assess([True, True, False, False], [0.4, 0.3, 0.2, 0.1], threshold=0.35)

    assert found.at_threshold.threshold == 0.35
    assert found.at_threshold.recall == 0.5
    assert found.f1.value == pytest.approx(2 / 3)
    assert found.best.threshold == 0.3
    assert found.best.f1 == 1.0


def test_labels_of_one_class_leave_auroc_open() -> None:
    """Where all labels are the same nothing can be told apart: AUROC is None, the Brier score is there."""
    found = assess([True] * 20, [0.5] * 20)

    assert found.auroc.value is None
    assert found.brier.value == 0.25
