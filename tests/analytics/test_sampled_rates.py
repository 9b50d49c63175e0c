"""Rates of evaluations of a sample: unbiased against judging everything, with intervals that hold what they promise."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest

from analytics.intervals import Estimate, mean, share
from analytics.rates import rates
from storage.evaluators.writing import By, EvaluatorEvaluation, write_evaluations
from storage.window import Window, from_unix_nano
from tests.world import NOON_NS, World

SIMULATIONS: Final = 200
BY: Final = By("grounded", "1", "model")


@dataclass(frozen=True)
class Stratum:
    """A kind of trace: which share of the traffic it is, how often it is judged, how often it is bad."""

    traffic: float
    probability: float
    bad: float


UNIFORM: Final = (Stratum(1, 0.05, 0.1),)
BY_TENANT: Final = (Stratum(0.7, 0.05, 0.03), Stratum(0.2, 0.2, 0.3), Stratum(0.1, 1, 0.5))
WHERE_UNSURE: Final = (Stratum(0.9, 0.02, 0.1), Stratum(0.1, 0.5, 0.5))
RARE: Final = (Stratum(0.9, 0.02, 0.02), Stratum(0.1, 0.2, 0.3))
"""What is bad is where most is judged: better than chance would have it, and intervals do not count on that."""

Trace = tuple[int, float, int]
"""Session, probability, whether it is bad."""


def traffic(
    dice: random.Random, strata: Sequence[Stratum], *, traces: int, a_session: int
) -> list[Trace]:
    """Return the traces of sessions; those of one session tend to be alike."""
    made: list[Trace] = []
    for number in range(traces):
        session = number // a_session
        if number % a_session == 0:
            (stratum,) = dice.choices(strata, [s.traffic for s in strata])
        made.append((session, stratum.probability, int(dice.random() < stratum.bad)))
    return made


def estimates(drawn: Sequence[Trace]) -> tuple[Estimate, Estimate]:
    """Return the share of bad traces, and the mean of the same, by sums as the store gives them."""
    sessions: dict[int, list[float]] = {}
    for session, probability, bad in drawn:
        sums = sessions.setdefault(session, [0.0, 0.0])
        sums[0] += 1 / probability
        sums[1] += bad / probability
    weights, scores = zip(*sessions.values(), strict=True)
    n, total, clusters = sum(weights), sum(scores), len(sessions)
    nn, ss = sum(w * w for w in weights), sum(s * s for s in scores)
    sn = sum(w * s for w, s in sessions.values())
    as_share = share(total, n, clusters=clusters, cc=ss, cn=sn, nn=nn, votes=len(drawn))
    return as_share, mean(total, n, clusters=clusters, ss=ss, sn=sn, nn=nn)


def shares_of_samples(
    dice: random.Random, strata: Sequence[Stratum], a_session: int
) -> tuple[float, list[Estimate]]:
    """Return the rate of all traces, and the estimates of 200 samples of them."""
    traces = traffic(dice, strata, traces=6000, a_session=a_session)
    samples = ([trace for trace in traces if dice.random() < trace[1]] for _ in range(SIMULATIONS))
    full = statistics.mean(bad for _, _, bad in traces)
    return full, [estimates(sample)[0] for sample in samples]


def coverage(full: float, found: Sequence[Estimate]) -> float:
    """Return the share of intervals that hold a rate."""
    return statistics.mean(one.low <= full <= one.high for one in found)  # type: ignore[operator]


@pytest.mark.parametrize("strata", [UNIFORM, BY_TENANT, WHERE_UNSURE])
@pytest.mark.parametrize("a_session", [1, 3])
def test_sampled_rates_agree_with_judging_everything(
    strata: Sequence[Stratum], a_session: int
) -> None:
    """In 200 samples the estimate is right on average, and 92 to 98 of 100 intervals of 95 % hold the full rate."""
    full, found = shares_of_samples(random.Random(20_260_101), strata, a_session)
    values = [one.value for one in found]
    error = statistics.stdev(values) / SIMULATIONS**0.5
    assert abs(statistics.mean(values) - full) < 2.5 * error
    assert 0.92 <= coverage(full, found) <= 0.98


@pytest.mark.parametrize("a_session", [1, 3])
def test_intervals_promise_no_more_than_they_hold(a_session: int) -> None:
    """Where a sample happens to be better than one by chance, its intervals are rather too wide."""
    full, found = shares_of_samples(random.Random(5), RARE, a_session)
    assert coverage(full, found) >= 0.92


def test_raw_rates_of_such_a_sample_are_wrong() -> None:
    """What the weights are for: the plain share of bad ones among those judged is far off."""
    dice = random.Random(1)
    traces = traffic(dice, BY_TENANT, traces=6000, a_session=1)
    drawn = [trace for trace in traces if dice.random() < trace[1]]
    full = statistics.mean(bad for _, _, bad in traces)
    assert statistics.mean(bad for _, _, bad in drawn) > 1.5 * full
    assert estimates(drawn)[0].value == pytest.approx(full, rel=0.25)


@pytest.mark.engine
def test_the_store_weighs_what_was_drawn_by_chance(world: World) -> None:
    """A trace with probability 0.1 counts ten times; votes are told as they are."""
    weighed = [(0.1, 1.0), (0.1, 0.0), (1.0, 0.0), (1.0, 0.0)]
    evaluations = []
    for number, (probability, score) in enumerate(weighed):
        trace_id = world.ask(at_s=number)
        evaluations.append(
            EvaluatorEvaluation(
                trace_id=trace_id, score=score, label=str(score == 1).lower(), explanation="",
                probability=probability, key=number,
            )
        )  # fmt: skip
    world.save()
    write_evaluations(world.engine, world.scope, BY, evaluations)
    day = Window(from_unix_nano(NOON_NS), from_unix_nano(NOON_NS + 3600 * 10**9))
    close: Any = pytest.approx
    (rate,) = rates(world.engine, world.scope, day, "grounded")
    assert (rate.kind, rate.n, rate.weight) == ("boolean", 4, close(22))
    assert rate.value is not None
    assert rate.value.value == pytest.approx(10 / 22)
    labels = {label.label: (label.count, label.share.value) for label in rate.labels}
    assert labels == {"true": (1, close(10 / 22)), "false": (3, close(12 / 22))}
