"""When an evaluation holds: intervals against known figures, and what follows from them."""

import math
import random
import statistics

import pytest
from groundwire.pytest_plugin.checks import Check, Judged
from groundwire.pytest_plugin.verdict import Outcome, judge, mean, share


def test_wilson() -> None:
    """The interval of a share is Wilson's: figures of Newcombe (1998), table I."""
    for hits, count, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        estimate = share(hits, count)

        assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=5e-5)


def test_student() -> None:
    """The interval of a mean is Student's: his own sleep data, and a large sample."""
    extra_sleep = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    many = [i % 7 for i in range(200)]
    normal = 1.9719565442517544 * statistics.stdev(many) / math.sqrt(200)

    small, large = mean(extra_sleep), mean(many)

    assert (small.low, small.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-4)
    assert large.high - large.value == pytest.approx(normal, rel=1e-4)


def test_the_interval_covers() -> None:
    """Of many samples, about 95 % have the true mean within their interval."""
    dice = random.Random(7)

    covered = sum(
        estimate.low <= 0.5 <= estimate.high
        for estimate in (mean([dice.random() for _ in range(12)]) for _ in range(4_000))
    )

    assert 0.935 < covered / 4_000 < 0.965


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ([0.9] * 5, Outcome.MET),
        ([0.8], Outcome.MET),
        ([0.1, 0.12, 0.09, 0.11], Outcome.BELOW),
        ([0.75, 0.95, 0.6, 0.7], Outcome.TOO_LITTLE),
        ([0.1], Outcome.TOO_LITTLE),
        ([], Outcome.TOO_LITTLE),
    ],
)
def test_outcomes(values: list[float], outcome: Outcome) -> None:
    """Below is only what is below with its whole interval."""
    assert judge(mean(values), 0.8, 1) is outcome


def test_too_few() -> None:
    """Fewer traces than asked for decide nothing, however good."""
    assert judge(mean([1.0] * 9), 0.8, 10) is Outcome.TOO_LITTLE
    assert judge(mean([1.0] * 10), 0.8, 10) is Outcome.MET


def test_a_share_of_traces() -> None:
    """With a share, each trace reaches the score or does not."""
    judged = [Judged(score, "") for score in (0.9, 0.8, 0.7, None)]

    result = Check("groundedness", at_least=0.8, share=0.5).of(judged)

    assert (result.estimate.value, result.estimate.count) == (0.5, 4)
    assert result.outcome is Outcome.MET


def test_labels() -> None:
    """A label is counted as a share."""
    judged = [Judged(None, label) for label in ["polite"] * 30 + ["rude"] * 30]

    result = Check("tone", label="polite", share=0.9).of(judged)

    assert result.outcome is Outcome.BELOW
    assert str(result) == (
        "tone: below: 0.5 [0.377, 0.623] over 60 traces; asked for 90% of traces 'polite'"
    )


def test_thumbs() -> None:
    """Scores that are all 0 or 1 are a share, whose interval stays between 0 and 1."""
    result = Check("user_feedback", at_least=0.9).of([Judged(1.0, "")] * 10)

    assert result.outcome is Outcome.MET
    assert result.estimate.high <= 1


@pytest.mark.parametrize(
    "asked",
    [{}, {"at_least": 0.5, "label": "good", "share": 0.5}, {"label": "good"}, {"at_least": 1, "share": 90}],
)  # fmt: skip
def test_what_means_nothing_is_refused(asked: dict[str, object]) -> None:
    """A check that cannot be meant so says what to write."""
    with pytest.raises(ValueError, match="groundedness"):
        Check("groundedness", **asked)  # type: ignore[arg-type]
