"""Intervals that hold at all times: how often looking again and again goes wrong, and how soon a difference is told."""

import numpy as np
import pytest

from analytics.comparison.sequence import LEAST_CLUSTERS, half_width, information_for
from analytics.strata import Floats, Sampled, contrast

LOOKS = 100
TRACES = 2400
RUNS = 100
"""At a true rate of 5 %, more than 11 of 100 runs go wrong less than once in a hundred times."""


def decided_at(
    seed: int, baseline: float, candidate: float, *, kind: str, turns: int = 1
) -> int | None:
    """Look a hundred times at traffic of two sides; return at how many traces the interval first left out zero."""
    rng = np.random.default_rng(seed)
    session = np.repeat(np.arange(TRACES // turns), turns)
    group = (rng.random(session.max() + 1) < 0.5)[session]
    stratum = rng.choice(4, session.max() + 1, p=[0.5, 0.3, 0.15, 0.05])[session]
    alike = rng.normal(0, 1.0 if turns > 1 else 0.0, session.max() + 1)[session]
    y = _outcomes(rng, np.where(group, candidate, baseline), alike, kind)
    for n in np.linspace(0, TRACES, LOOKS + 1)[1:].astype(int):
        seen = group[:n]
        if min(np.unique(session[:n][side]).size for side in (seen, ~seen)) < LEAST_CLUSTERS:
            continue
        sampled = Sampled(y[:n], np.ones(n), session[:n], is_share=kind == "share")
        found = contrast(sampled, seen, stratum[:n])
        assert found is not None
        if abs(found.difference) > half_width(found.error, found.information):
            return int(n)
    return None


def _outcomes(rng: np.random.Generator, mean: Floats, alike: Floats, kind: str) -> Floats:
    if kind == "share":
        odds = np.log(mean / (1 - mean)) + alike
        return (rng.random(mean.size) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    return np.asarray(mean + alike + rng.exponential(1, mean.size))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "kind", "turns"),
    [(0.03, "share", 1), (0.3, "share", 1), (0.05, "share", 3), (0.0, "mean", 1), (0.0, "mean", 3)],
)
def test_peeping_a_hundred_times_seldom_goes_wrong(rate: float, kind: str, turns: int) -> None:
    """Of 100 runs without a difference, each looked at a hundred times, about 5 at most ever say that there is one."""
    wrong = [seed for seed in range(RUNS) if decided_at(seed, rate, rate, kind=kind, turns=turns)]
    assert len(wrong) <= 11


def test_an_interval_for_one_look_goes_wrong_when_peeped_at() -> None:
    """The simulation can tell: with 1.96 standard errors instead, far more than 5 in 100 runs go wrong."""
    wrong = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        y, group = rng.normal(0, 1, TRACES), rng.random(TRACES) < 0.5
        wrong += any(
            abs(found.difference) > 1.96 * found.error
            for n in np.linspace(0, TRACES, LOOKS + 1)[5:].astype(int)
            if (
                found := contrast(
                    Sampled(y[:n], np.ones(n), np.arange(n), is_share=False),
                    group[:n],
                    np.zeros(n, dtype=np.int64),
                )
            )
        )
    assert wrong >= 10


@pytest.mark.slow
def test_real_differences_are_told_soon() -> None:
    """A rate of 10 % against 5 % is told within 2,400 traces nine times in ten; 14 % against 3 % within 600."""
    found = [decided_at(seed, 0.05, 0.10, kind="share") for seed in range(40)]
    assert sum(one is not None for one in found) >= 34
    clear = [decided_at(seed, 0.03, 0.14, kind="share") for seed in range(40)]
    assert sum(one is not None and one <= 600 for one in clear) >= 34


def test_the_interval_narrows_as_traces_come_in() -> None:
    """With the same spread, more information makes it narrower, and it is always wider than that for one look."""
    widths = [half_width(1 / np.sqrt(n), n) for n in (100.0, 400.0, 1600.0)]
    assert widths[0] > widths[1] > widths[2]
    assert all(w > 1.96 / np.sqrt(n) for w, n in zip(widths, (100, 400, 1600), strict=True))


def test_the_information_for_a_width_is_the_one_that_gives_it() -> None:
    """The answer, put in again, gives that width; a width of nothing is never reached."""
    needed = information_for(0.05, 0.1, 100.0)
    assert needed is not None
    assert half_width(0.1 * np.sqrt(100.0 / needed), needed) == pytest.approx(0.05, rel=0.02)
    assert information_for(1e-9, 0.1, 100.0) is None
