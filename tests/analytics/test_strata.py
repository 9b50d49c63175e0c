"""Comparisons within strata: against figures worked out by hand, by enumeration and by simulation."""

from math import comb

import numpy as np
import pytest

from analytics.strata import Sampled, contrast, crossed, held_equal
from analytics.tails import normal_tail, pearson_tail


def sampled(y: list[float], cluster: list[int] | None = None, *, share: bool = True) -> Sampled:
    """Return traces that count alike."""
    codes = np.array(cluster if cluster is not None else range(len(y)))
    return Sampled(np.array(y, dtype=float), np.ones(len(y)), codes, is_share=share)


def test_the_difference_is_that_of_mantel_and_haenszel() -> None:
    """Two strata by hand: weights n1 n0 / n of the differences of shares."""
    y = [1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    group = np.array([1] * 4 + [0] * 4 + [1] * 2 + [0] * 8, dtype=bool)
    strata = np.array([0] * 8 + [1] * 10)
    found = contrast(sampled([float(v) for v in y]), group, strata)
    assert found is not None
    weights = (4 * 4 / 8, 2 * 8 / 10)
    differences = (2 / 4 - 1 / 4, 2 / 2 - 2 / 8)
    expected = sum(w * d for w, d in zip(weights, differences, strict=True)) / sum(weights)
    assert found.difference == pytest.approx(expected)
    assert found.group - found.others == pytest.approx(expected)
    assert found.information == pytest.approx(sum(weights))


def test_strata_without_one_of_both_tell_nothing() -> None:
    """A stratum of the group alone changes no figure; without any other there is no comparison."""
    group = np.array([1, 1, 0, 0, 1, 1], dtype=bool)
    y = sampled([1, 0, 0, 0, 1, 1])
    found = contrast(y, group, np.array([0, 0, 0, 0, 1, 1]))
    alone = contrast(y.where(np.arange(6) < 4), group[:4], np.zeros(4, dtype=np.int64))
    assert found == alone
    assert contrast(y, group, np.where(group, 1, 0)) is None


@pytest.mark.parametrize("failures", [2, 3, 4, 5])
def test_the_chance_is_that_of_all_ways_to_draw_the_group(failures: int) -> None:
    """Nine failures among 300 traces, some in a group of 30: not far under the exact chance, as a normal curve is."""
    y = (
        [1.0] * failures
        + [0.0] * (30 - failures)
        + [1.0] * (9 - failures)
        + [0.0] * (261 + failures)
    )
    group = np.arange(300) < 30
    found = contrast(sampled(y), group, np.zeros(300, dtype=np.int64))
    assert found is not None
    ways = [comb(9, k) * comb(291, 30 - k) for k in range(10)]
    exact = sum(ways[failures:]) / sum(ways)
    assert 0.8 * exact <= found.p <= 2.5 * exact
    if failures >= 4:
        z = (failures - 0.5 - 0.9) / (300 / 299 * 0.1 * 0.9 * 9 * 0.97) ** 0.5
        assert normal_tail(z) < 0.5 * exact


def test_sessions_that_are_alike_make_it_less_sure() -> None:
    """Ten failures of one session say less than ten of ten sessions."""
    y = [1.0] * 10 + [0.0] * 190
    group = np.array([True] * 40 + [False] * 160)
    strata = np.zeros(200, dtype=np.int64)
    apart = contrast(sampled(y), group, strata)
    together = contrast(sampled(y, [0] * 10 + list(range(1, 191))), group, strata)
    assert apart is not None
    assert together is not None
    assert together.difference == apart.difference
    assert together.error > 2 * apart.error
    assert together.p > 100 * apart.p


def test_none_so_far_does_not_mean_never() -> None:
    """Where nobody failed, the error is not zero, and falls as traces come in."""
    errors = []
    for n in (50, 500):
        group = np.arange(2 * n) < n
        found = contrast(sampled([0.0] * 2 * n), group, np.zeros(2 * n, dtype=np.int64))
        assert found is not None
        errors.append(found.error)
    assert errors[0] > 4 * errors[1] > 0


@pytest.mark.parametrize("share", [True, False])
def test_intervals_hold_the_truth(share: bool) -> None:  # noqa: FBT001
    """Of 400 samples with strata and sessions, 95 % intervals miss the true difference in some 5 %."""
    missed = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        sessions = rng.integers(0, 250, 600)
        stratum = rng.integers(0, 4, 600)
        group = rng.random(600) < 0.2 + 0.1 * stratum
        mean = 0.1 + 0.05 * stratum + 0.05 * group
        y = rng.random(600) < mean if share else mean + rng.normal(0, 1, 250)[sessions] * 0.5
        if not share:
            y = y + rng.exponential(1, 600)
        found = contrast(
            Sampled(y.astype(float), np.ones(600), sessions, is_share=share), group, stratum
        )
        assert found is not None
        missed += abs(found.difference - 0.05) > 1.96 * found.error
    assert 0.025 <= missed / 400 <= 0.075


def test_what_the_group_is_alone_in_is_not_held_equal() -> None:
    """A thing that nobody else shares with the group is left out, the others are held."""
    n = 400
    group = np.arange(n) % 4 == 0
    columns = {"model": group.astype(np.int64), "tenant": (np.arange(n) // 4) % 5}
    held, strata = held_equal(group, np.ones(n), columns)
    assert held == ["tenant"]
    assert len(np.unique(strata)) == 5


def test_codes_stand_for_combinations() -> None:
    """Two traces have the same code where all columns are the same, and only there."""
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, 50, 300) for _ in range(4)]
    codes = crossed(columns, 300)
    keys = list(zip(*columns, strict=True))
    assert len(set(codes.tolist())) == len(set(keys))
    assert len({(int(code), key) for code, key in zip(codes, keys, strict=True)}) == len(set(keys))


def test_tails_are_those_of_the_curves() -> None:
    """Against known values: normal, chi-squared (a Pearson III curve), and its mirror image."""
    assert normal_tail(1.959964) == pytest.approx(0.025, rel=1e-5)
    # chi-squared with 4 degrees of freedom: mean 4, variance 8, third moment 32; P(X > 13.2767) = 0.01
    assert pearson_tail(9.2767, 8, 32) == pytest.approx(0.01, rel=1e-4)
    assert pearson_tail(5.4877, 8, 32) == pytest.approx(0.05, rel=1e-3)
    # mirrored: P(4 - X > 3.2893) with P(X < 0.7107) = 0.05
    assert pearson_tail(3.2893, 8, -32) == pytest.approx(0.05, rel=1e-3)
    assert pearson_tail(4.1, 8, -32) == 0.0
    assert pearson_tail(1.0, 0.0, 0.0) == 1.0
    assert pearson_tail(6.0, 1.0, 0.02) == pytest.approx(normal_tail(6.0), rel=1.5)
