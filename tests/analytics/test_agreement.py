"""Agreement between annotators, against the worked examples of the papers and an implementation by others."""

import random
from collections.abc import Sequence
from typing import Any

import krippendorff
import numpy as np
import pytest

from analytics import agreement as measured
from analytics.agreement import Measure, Rating, agreement

# Krippendorff 2011, examples A to C; `.` is a missing judgement.
BINARY = ("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
NOMINAL = ("a a b b d c c c e d d a", "b a b b b c c c e d d d")
MISSING = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


def ratings(lines: Sequence[str], *, numbers: bool = False) -> list[Rating]:
    """Return judgements from a line of answers an annotator."""
    return [
        Rating(f"item-{i}", f"annotator-{who}", float(answer) if numbers else answer)
        for who, line in enumerate(lines)
        for i, answer in enumerate(line.split())
        if answer != "."
    ]


def test_alpha_of_two_observers_and_two_labels() -> None:
    """Krippendorff's example A gives 0.095."""
    found = agreement(ratings(BINARY), "nominal")

    assert found.alpha == pytest.approx(0.095, abs=0.0005)
    assert found.same == pytest.approx(0.6)


def test_alpha_of_two_observers_and_many_labels() -> None:
    """Krippendorff's example B gives 0.692."""
    assert agreement(ratings(NOMINAL), "nominal").alpha == pytest.approx(0.692, abs=0.0005)


def test_alpha_with_missing_judgements() -> None:
    """Krippendorff's example C gives 0.743 for labels and 0.849 for numbers; a lone judgement counts for nothing."""
    labels = agreement(ratings(MISSING), "nominal")
    numbers = agreement(ratings(MISSING, numbers=True), "interval")

    assert labels.alpha == pytest.approx(0.743, abs=0.0005)
    assert numbers.alpha == pytest.approx(0.849, abs=0.0005)
    assert (labels.judgements, labels.items, labels.shared_items) == (41, 12, 11)


@pytest.mark.parametrize("measure", ["nominal", "interval"])
@pytest.mark.parametrize("seed", range(8))
def test_alpha_is_what_others_compute(measure: Measure, seed: int) -> None:
    """On random judgements with gaps alpha is that of the package krippendorff, which builds the coincidence matrix."""
    drawn = random.Random(seed)
    matrix = np.full((5, 40), np.nan)
    given = []
    for item in range(40):
        truth = drawn.randrange(4)
        for who in range(5):
            if drawn.random() < 0.6:
                value = truth if drawn.random() < 0.7 else drawn.randrange(4)
                matrix[who, item] = value
                given.append(Rating(str(item), str(who), float(value)))

    theirs = krippendorff.alpha(reliability_data=matrix, level_of_measurement=measure)

    assert agreement(given, measure).alpha == pytest.approx(theirs, abs=1e-12)


def test_the_interval_covers_alpha_and_narrows_with_items() -> None:
    """More items make the 95 % interval narrower; the same judgements give the same interval."""

    def noisy(items: int) -> list[Rating]:
        drawn = random.Random(7)
        truth = [drawn.choice("abc") for _ in range(items)]
        return [
            Rating(str(i), who, label if drawn.random() < 0.8 else drawn.choice("abc"))
            for i, label in enumerate(truth)
            for who in ("ann", "ben", "cem")
        ]

    few, many = agreement(noisy(30), "nominal"), agreement(noisy(600), "nominal")

    for found in (few, many):
        assert found.low is not None
        assert found.high is not None
        assert found.alpha is not None
        assert -1 <= found.low < found.alpha < found.high <= 1
        assert found.note == ""
    assert (many.high or 0) - (many.low or 0) < ((few.high or 0) - (few.low or 0)) / 2
    assert agreement(noisy(30), "nominal") == few


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Of 95 % intervals from repeated samples most hold the alpha of the whole population."""

    def population(seed: int, items: int) -> list[Rating]:
        drawn = random.Random(seed)
        given = []
        for i in range(items):
            label = drawn.choice("ab")
            for who in ("ann", "ben"):
                other = drawn.choice("ab")
                given.append(Rating(str(i), who, label if drawn.random() < 0.75 else other))
        return given

    truth = agreement(population(0, 20_000), "nominal").alpha
    assert truth is not None
    samples = [agreement(population(seed, 60), "nominal") for seed in range(1, 101)]
    held = sum((s.low or 2) <= truth <= (s.high or -2) for s in samples)

    assert 88 <= held <= 100


def cohen(table: Sequence[Sequence[int]]) -> list[Rating]:
    """Return judgements of two judges from how often each pair of labels came."""
    given: list[Rating] = []
    for a, row in enumerate(table):
        for b, times in enumerate(row):
            for _ in range(times):
                item = str(len(given))
                given += [Rating(item, "A", f"label {a}"), Rating(item, "B", f"label {b}")]
    return given


def test_kappa_of_cohens_example() -> None:
    """Cohen's table of 200 items (1960): 140 agree, 82 would by chance, kappa is 0.492."""
    (pair,) = agreement(cohen([[88, 14, 18], [10, 40, 10], [2, 6, 12]]), "nominal").pairs

    assert (pair.first, pair.second, pair.items) == ("A", "B", 200)
    assert pair.same == pytest.approx(0.70)
    assert pair.kappa == pytest.approx(58 / 118)


def test_weighted_kappa_forgives_a_near_miss() -> None:
    """For numbers, being off by one weighs less than being off by four."""

    def pair_of(off_by: int) -> float:
        given = []
        for i in range(20):
            given += [Rating(str(i), "A", i % 5 + 1), Rating(str(i), "B", i % 5 + 1)]
        given += [Rating("x", "A", 1), Rating("x", "B", 1 + off_by)]
        (pair,) = agreement(given, "interval").pairs
        assert pair.kappa is not None
        return pair.kappa

    assert 1 > pair_of(1) > pair_of(4) > 0


def test_few_shared_items_give_no_kappa() -> None:
    """Nine items in common are too few for a pair; alpha is told, its interval is not."""
    given = ratings(["a b a b a b a b a", "a b a b a b a b b"])

    found = agreement(given, "nominal")

    assert found.pairs == []
    assert found.alpha is not None
    assert (found.low, found.note) == (None, measured.TOO_FEW)


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        ((), measured.NOBODY),
        (("a b a", ". . ."), measured.NO_OVERLAP),
        (("a a a a a a a a a a a", "a a a a a a a a a a a"), measured.ONE_LABEL),
        (("a b a b a b a b a b a", "a b a b a b a b a b a"), measured.NO_DISAGREEMENT),
    ],
)
def test_what_is_not_defined_is_said(lines: Sequence[str], note: str) -> None:
    """Without overlap, with one label only, or without a disagreement, words stand where figures cannot."""
    found = agreement(ratings(lines), "nominal")

    assert found.note == note
    assert (found.low, found.high) == (None, None)
    assert found.alpha == (1.0 if note == measured.NO_DISAGREEMENT else None)


def test_two_annotators_of_one_label_have_no_kappa() -> None:
    """Where both gave one label to everything, their kappa is missing with its reason, whatever a third one did."""
    given = ratings(["a a a a a a a a a a a", "a a a a a a a a a a a", "b a a a a a a a a a a"])

    pair = next(p for p in agreement(given, "nominal").pairs if p.second == "annotator-1")

    assert (pair.same, pair.kappa, pair.note) == (1.0, None, measured.ONE_LABEL)


@pytest.mark.parametrize("value", [0.1, 1e9, -3.3])
def test_equal_numbers_are_equal(value: float) -> None:
    """Rounding makes no disagreement of numbers that are all the same."""
    given = [Rating(str(i), who, value) for i in range(30) for who in ("A", "B", "C")]

    assert agreement(given, "interval").note == measured.ONE_LABEL


def test_the_last_answer_counts() -> None:
    """An annotator who changed their mind is counted once, with the newer answer."""
    given = [Rating("1", "A", "x"), Rating("1", "B", "y"), Rating("1", "B", "x")]

    found = agreement(given, "nominal")

    assert (found.judgements, found.same) == (2, 1.0)


def test_many_items_and_grades_take_little(monkeypatch: Any) -> None:
    """Ten thousand items with a number of its own each need no matrix of all their values."""
    monkeypatch.setattr(measured, "_CELLS_AT_ONCE", 500_000)
    drawn = random.Random(3)
    given = []
    for i in range(10_000):
        truth = drawn.random()
        given += [Rating(str(i), who, truth + drawn.gauss(0, 0.1)) for who in ("A", "B", "C")]

    found = agreement(given, "interval")

    assert found.low is not None
    assert 0.8 < found.low < (found.alpha or 0) < (found.high or 0) < 1
