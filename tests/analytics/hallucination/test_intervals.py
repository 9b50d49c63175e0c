"""Kappa and helped rates against truth that is known, and against figures from elsewhere."""

import numpy as np
import numpy.typing as npt
import pytest

from analytics.agreement import ONE_LABEL
from analytics.hallucination.helped import HelpedRate, helped_rate
from analytics.hallucination.kappa import TOO_FEW, PairAgreement, agreement
from storage.groundedness import PairTally

Floats = npt.NDArray[np.float64]


def pair_of(
    first: Floats, second: Floats, drawn: Floats, weight: Floats, cluster: npt.NDArray[np.int64]
) -> PairTally:
    """Return the tally of two judges of which the first judged all traces, the second those drawn."""
    bad, other = first == 1, second == 1
    cells = [bad & other, bad & ~other, ~bad & other, ~bad & ~other]
    joint = drawn * weight
    each = np.stack([*(joint * cell for cell in cells), np.ones(len(first)), first], axis=1)
    sums = np.zeros((int(cluster.max()) + 1, each.shape[1]))
    np.add.at(sums, cluster, each)
    counts = [int((cell & (drawn == 1)).sum()) for cell in cells]
    return PairTally(
        first="groundedness:model",
        second="groundedness_judge:model",
        both=counts[0],
        first_only=counts[1],
        second_only=counts[2],
        neither=counts[3],
        clusters=len(set(cluster[drawn == 1].tolist())),
        sums=sums.sum(axis=0).tolist(),
        products=(sums.T @ sums).ravel().tolist(),
    )


def table(both: int, first_only: int, second_only: int, neither: int) -> PairAgreement:
    """Return the agreement of so many traces, each of a session of its own."""
    counts = (both, first_only, second_only, neither)
    first = np.repeat([1.0, 1.0, 0.0, 0.0], counts)
    second = np.repeat([1.0, 0.0, 1.0, 0.0], counts)
    ones = np.ones(len(first))
    return agreement(pair_of(first, second, ones, ones, np.arange(len(first))))


def test_kappa_is_that_of_the_books() -> None:
    """A table has its kappa, and of many traces the interval of Fleiss, Cohen and Everitt: .0402 is the error of .4."""
    found = table(200, 50, 100, 150)

    assert found.kappa is not None
    assert (found.traces, found.same) == (500, 0.7)
    assert found.kappa.value == pytest.approx(0.4)
    assert found.kappa.low == pytest.approx(0.4 - 1.96 * 0.0402, abs=0.006)
    assert found.kappa.high == pytest.approx(0.4 + 1.96 * 0.0402, abs=0.006)


def test_kappa_says_why_it_is_missing() -> None:
    """Few traces and one answer everywhere have no kappa; perfect agreement has one with an interval below 1."""
    assert table(1, 1, 1, 1).note == TOO_FEW
    assert table(0, 0, 0, 40).note == ONE_LABEL
    perfect = table(10, 0, 0, 30).kappa
    assert perfect is not None
    assert perfect.low is not None
    assert perfect.value == 1.0
    assert 0.5 < perfect.low < 0.95


@pytest.mark.parametrize("traces", [40, 400])
def test_intervals_of_kappa_hold_what_is_true(traces: int) -> None:
    """Of 400 samples with sessions of two alike traces, at least 92 of 100 intervals hold the true kappa of .5."""
    rng = np.random.default_rng(5)
    share = np.array([0.2 * 0.2 + 0.5 * 0.16, 0.08, 0.08, 0.64 + 0.08])
    held = 0
    for _ in range(400):
        # Two traces of a session are the same in half of the sessions.
        cell = np.repeat(rng.choice(4, traces // 2, p=share), 2)
        anew = np.arange(traces) % 4 == 1
        cell[anew] = rng.choice(4, int(anew.sum()), p=share)
        first, second = (cell < 2).astype(float), (cell % 2 == 0).astype(float)
        ones = np.ones(traces)
        kappa = agreement(pair_of(first, second, ones, ones, np.arange(traces) // 2)).kappa
        assert kappa is not None
        assert kappa.low is not None
        assert kappa.high is not None
        held += kappa.low <= 0.5 <= kappa.high
    assert held / 400 >= 0.92


def sampled(rng: np.random.Generator, *, traces: int, kept: float, agree: float) -> PairTally:
    """Draw traffic of which 15 % is unsupported by a judge who sees a share, more of what the model calls bad."""
    cluster = np.arange(traces) // 2
    # Half of the sessions lean to bad answers.
    lean = np.repeat(rng.choice([0.05, 0.25], -(-traces // 2)), 2)[:traces]
    truth = (rng.random(traces) < lean).astype(float)
    model = np.where(rng.random(traces) < agree, truth, rng.random(traces) < 0.3).astype(float)
    probability = np.where(model == 1, min(1.0, 3 * kept), kept)
    drawn = (rng.random(traces) < probability).astype(float)
    return pair_of(model, truth, drawn, 1 / probability, cluster)


@pytest.mark.parametrize("agree", [0.0, 0.9])
def test_a_rate_with_help_is_the_judges(agree: float) -> None:
    """Of 300 samples at least 92 of 100 intervals hold the judge's rate, also where the model is of no use.

    A model that agrees is worth half as many judgements again and more, one that does not costs none.
    """
    rng = np.random.default_rng(9)
    found = [helped_rate(sampled(rng, traces=4000, kept=0.05, agree=agree)) for _ in range(300)]
    rates = [one for one in found if isinstance(one, HelpedRate)]
    held = sum(one.rate.low <= 0.15 <= one.rate.high for one in rates)  # type: ignore[operator]
    assert len(rates) == 300
    assert held / 300 >= 0.92
    assert np.mean([one.rate.value for one in rates]) == pytest.approx(0.15, abs=0.004)
    assert min(one.worth for one in rates) >= 1 - 1e-9
    assert np.mean([one.worth for one in rates]) > (1.5 if agree else 1.0)


def test_few_traces_get_no_help() -> None:
    """With less than fifty that both judged, or of one kind only, there is no such rate."""
    rng = np.random.default_rng(2)
    assert helped_rate(sampled(rng, traces=300, kept=0.05, agree=0.9)) is None
    ones = np.ones(200)
    same = pair_of(ones, ones, ones, ones, np.arange(200))
    assert helped_rate(same) is None
