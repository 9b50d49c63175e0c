"""Measures of scores, against values of scikit-learn, definitions counted out, and what must hold of any rows."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluators.measures import Scored, kappa

# Twelve rows with ties. The values for them below are those of scikit-learn 1.9.1 (roc_auc_score,
# average_precision_score, f1_score, brier_score_loss, cohen_kappa_score).
TRUTH = [0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0]
SCORES = [0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.2, 0.9, 0.6, 0.6, 0.95, 0.05]
WEIGHTS = np.array([1, 2, 1, 3, 1, 1, 2, 1, 1, 4, 1, 1], dtype=float)

rows = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5001, 0.9, 1.0])),
    min_size=2,
    max_size=40,
).filter(lambda rows: len({truth for truth, _ in rows}) == 2)


def scored(rows: list[tuple[bool, float]]) -> Scored:
    """Return rows as what is measured."""
    return Scored.of([truth for truth, _ in rows], [score for _, score in rows])


def test_measures_are_those_of_scikit_learn() -> None:
    """On rows with ties every measure has scikit-learn's value."""
    measured = Scored.of(TRUTH, SCORES)

    assert measured.auroc() == pytest.approx(0.84722222)
    assert measured.average_precision() == pytest.approx(0.84861111)
    assert measured.at(0.5).f1 == pytest.approx(0.72727273)
    assert measured.at(0.5).f1_negative == pytest.approx(0.76923077)
    assert measured.brier() == pytest.approx(0.14395833)


def test_weighted_measures_are_those_of_scikit_learn() -> None:
    """With weights, too, every measure has scikit-learn's value."""
    measured = Scored.of(TRUTH, SCORES)

    assert measured.auroc(WEIGHTS) == pytest.approx(0.83522727)
    assert measured.average_precision(WEIGHTS) == pytest.approx(0.82916667)
    assert measured.at(0.5, WEIGHTS).f1 == pytest.approx(2 / 3)
    assert measured.brier(WEIGHTS) == pytest.approx(0.1625)


@given(rows)
def test_auroc_is_the_share_of_pairs_in_order(rows: list[tuple[bool, float]]) -> None:
    """AUROC counts pairs of a positive and a negative row in which the positive one is above, ties half."""
    yes = [score for truth, score in rows if truth]
    no = [score for truth, score in rows if not truth]
    pairs = [(a > b) + (a == b) / 2 for a, b in itertools.product(yes, no)]

    assert scored(rows).auroc() == pytest.approx(sum(pairs) / len(pairs))


@given(rows.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_the_order_of_rows_changes_nothing(
    both: tuple[list[tuple[bool, float]], list[tuple[bool, float]]],
) -> None:
    """Shuffled rows are measured alike, also where scores tie."""
    one, other = scored(both[0]), scored(both[1])

    assert one.auroc() == pytest.approx(other.auroc())
    assert one.average_precision() == pytest.approx(other.average_precision())
    assert one.calibration_error() == pytest.approx(other.calibration_error())
    assert one.best() == other.best()


@given(rows, st.lists(st.integers(0, 3), min_size=40, max_size=40))
def test_a_weight_is_a_row_that_comes_again(
    rows: list[tuple[bool, float]], times: list[int]
) -> None:
    """A row of weight 3 counts as three rows, one of weight 0 as none."""
    weights = np.array(times[: len(rows)], dtype=float)
    again = [row for row, count in zip(rows, times, strict=False) for _ in range(count)]
    if len({truth for truth, _ in again}) < 2:
        return

    measured, repeated = scored(rows), scored(again)

    assert measured.auroc(weights) == pytest.approx(repeated.auroc())
    assert measured.average_precision(weights) == pytest.approx(repeated.average_precision())
    assert measured.at(0.5, weights).f1 == pytest.approx(repeated.at(0.5).f1)
    assert measured.best(weights).f1 == pytest.approx(repeated.best().f1)
    assert measured.brier(weights) == pytest.approx(repeated.brier())
    assert measured.recall_at(0.2, weights) == pytest.approx(repeated.recall_at(0.2))


@given(rows)
def test_no_threshold_beats_the_best_one(rows: list[tuple[bool, float]]) -> None:
    """The best threshold has the highest F1 of all scores that occur."""
    measured = scored(rows)

    assert measured.best().f1 == pytest.approx(
        max(measured.at(score).f1 or 0.0 for _, score in rows)
    )


def test_what_is_not_defined_is_none() -> None:
    """Rows of one class have no AUROC, and F1 without anything to find or found is not 0 but unknown."""
    good = Scored.of([True, True], [0.2, 0.9])
    bad = Scored.of([False, False], [0.2, 0.3])

    assert good.auroc() is None
    assert good.recall_at(0.01) is None
    assert bad.average_precision() is None
    assert bad.at(0.5).f1 is None
    assert bad.at(0.5).precision is None


@pytest.mark.parametrize("scores", [[], [float("nan")], [float("inf")], [0.1, 0.2]])
def test_scores_that_cannot_be_measured_are_refused(scores: list[float]) -> None:
    """No rows, scores that are no numbers, and scores without a truth are an error."""
    with pytest.raises(ValueError, match="give"):
        Scored.of([True] * min(len(scores), 1), scores)


def test_calibrated_scores_have_little_calibration_error() -> None:
    """Where of rows with score s a share s is positive, the error is near 0; squeezing the scores raises it."""
    random = np.random.default_rng(1)
    scores = random.uniform(size=20_000)
    truth = random.uniform(size=20_000) < scores

    calibrated = Scored.of(truth, scores)
    squeezed = Scored.of(truth, 0.4 + scores / 5)

    assert calibrated.calibration_error() < 0.015
    # E|s - (0.4 + s/5)| of uniform s, with the mean of each tenth.
    assert squeezed.calibration_error() == pytest.approx(0.2, abs=0.01)
    assert [round(b.mass, 3) for b in calibrated.calibration()] == [0.1] * 10


def test_calibration_error_of_few_rows_is_told_beside_chance() -> None:
    """Fifty perfectly calibrated rows show an error well above 0, and the figure by chance says the same."""
    random = np.random.default_rng(2)
    errors, chances = [], []
    for _ in range(100):
        scores = random.uniform(size=50)
        measured = Scored.of(random.uniform(size=50) < scores, scores)
        errors.append(measured.calibration_error())
        chances.append(measured.calibration_error_by_chance())

    assert np.mean(errors) > 0.1
    assert np.mean(chances) == pytest.approx(np.mean(errors), rel=0.05)


def test_rows_of_one_score_stay_in_one_bin() -> None:
    """Scores of two values make two bins, whatever order the rows come in."""
    bins = Scored.of([True, False, True, True], [0.9, 0.2, 0.9, 0.2]).calibration()

    assert [(b.mean_score, b.share, b.mass) for b in bins] == [(0.2, 0.5, 0.5), (0.9, 1.0, 0.5)]


def test_kappa_is_that_of_scikit_learn() -> None:
    """Kappa of two who judged alike is agreement beyond chance; where both always say yes there is none."""
    said = [score >= 0.5 for score in SCORES]

    assert kappa(TRUTH, said) == pytest.approx(0.5)
    assert kappa([True, False], [True, False]) == 1.0
    assert kappa([True, True], [True, True]) is None
