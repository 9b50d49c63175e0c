"""Intervals against published figures, and what clusters do to them."""

import math
import random

import pytest

from analytics.intervals import difference, mean, share, t_quantile


def test_wilson_against_newcombe() -> None:
    """The score intervals of R. G. Newcombe (1998a), table I, method 3: 81/263, 15/148, 0/20 and 1/29."""
    for count, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = share(count, n, clusters=n, cc=count, cn=count, nn=n)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
        assert found.value == count / n


def test_difference_of_shares_against_newcombe() -> None:
    """R. G. Newcombe (1998b), table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 5/56 - 0/29 and 10/10 - 0/10."""
    for a, m, b, n, low, high in (
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (10, 10, 0, 10, 0.6075, 1.0),
    ):
        one = share(a, m, clusters=m, cc=a, cn=a, nn=m)
        other = share(b, n, clusters=n, cc=b, cn=b, nn=n)
        found = difference(one, other)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_student_against_the_tables() -> None:
    """The 97.5 % points of Student's t, as every table has them."""
    for freedom, point in (
        (1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (5, 2.5706), (9, 2.2622), (10, 2.2281), (30, 2.0423),
        (60, 2.0003), (120, 1.9799), (100_000, 1.9600),
    ):  # fmt: skip
        assert t_quantile(freedom) == pytest.approx(point, abs=6e-5)


def test_mean_of_independent_votes_is_the_ordinary_one() -> None:
    """Where every vote stands alone, the interval is mean +- t * s / sqrt(n)."""
    votes = [0.2, 0.4, 0.4, 0.7, 0.9]
    n, total = len(votes), sum(votes)
    found = mean(total, n, clusters=n, ss=sum(v * v for v in votes), sn=total, nn=n)
    s = math.sqrt(sum((v - total / n) ** 2 for v in votes) / (n - 1))
    assert found.value == pytest.approx(0.52)
    assert found.high == pytest.approx(0.52 + 2.7764 * s / math.sqrt(n), abs=1e-4)
    assert found.low == pytest.approx(0.52 - 2.7764 * s / math.sqrt(n), abs=1e-4)


def test_one_session_is_too_little_for_a_mean() -> None:
    """Votes on a single session tell nothing of others, and that is said."""
    found = mean(3.0, 5, clusters=1, ss=9.0, sn=15.0, nn=25)
    assert (found.value, found.low, found.high) == (0.6, None, None)
    assert "two sessions" in found.note
    whole = difference(found, found)
    assert whole.value == 0
    assert whole.low is None
    assert whole.note


def test_votes_that_are_all_alike_in_a_session_count_once() -> None:
    """A hundred sessions of ten equal votes tell about as much as a hundred votes."""
    n, clusters, positive = 1000, 100, 60
    found = share(600, n, clusters=clusters, cc=positive * 100, cn=positive * 100, nn=100 * 100)
    alone = share(positive, clusters, clusters=clusters, cc=positive, cn=positive, nn=clusters)
    assert found.high is not None
    assert alone.high is not None
    assert found.high - found.value == pytest.approx(alone.high - alone.value, rel=0.03)
    # All true: nothing is seen of how alike the votes are, so the sessions are taken as one vote each.
    full = share(n, n, clusters=clusters, cc=100 * 100, cn=100 * 100, nn=100 * 100)
    assert full.low == pytest.approx(0.963, abs=1e-3)


@pytest.mark.parametrize("rate", [0.5, 0.9])
def test_intervals_hold_the_truth_as_often_as_they_say(rate: float) -> None:
    """Of a thousand made samples of votes in sessions, 93 to 98 of a hundred intervals hold the true share."""
    chance = random.Random(7)
    held = 0
    for _ in range(1000):
        found = _sampled(chance, rate)
        held += found[0] <= rate <= found[1]
    assert 930 <= held <= 980


def _sampled(chance: random.Random, rate: float) -> tuple[float, float]:
    """Return the interval of a sample of 60 sessions, in each of which the votes are alike two times in three."""
    n = count = cc = cn = nn = 0
    for _ in range(60):
        size = chance.randint(1, 6)
        if chance.random() < 2 / 3:
            positive = size if chance.random() < rate else 0
        else:
            positive = sum(chance.random() < rate for _ in range(size))
        n, count = n + size, count + positive
        cc, cn, nn = cc + positive**2, cn + positive * size, nn + size**2
    found = share(count, n, clusters=60, cc=cc, cn=cn, nn=nn)
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high
