"""95 % intervals of shares and means, also where what was counted comes in clusters, and of differences between two.

Votes on the traces of one session are not independent. Sums over clusters tell how far they are not: the variance of a
share or mean is that of a ratio estimate between clusters (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, ch. 9A and
6.3), and where every vote stands alone it is the ordinary one.

Votes on traces that were drawn by chance weigh 1 / the probability of drawing them, so that no rate is biased by what
was drawn more often. The estimates are then J. Hajek's ratios of weighted sums (Foundations of Statistical Inference,
1971), and the same formulas hold with weights in all sums. The intervals are for traffic of this kind, of which the
traces at hand are an example: they stay as wide as their number asks for, even where all of them were judged.

- shares: E. B. Wilson's score interval (1927), with the number of votes that independent ones would have to have for
  the same variance (E. L. Korn and B. I. Graubard, Survey Methodology 24, 1998; compared with others by C. Franco,
  R. J. A. Little, T. A. Louis and E. V. Slud, J. Survey Statistics and Methodology 7, 2019)
- means: Student's t with one degree of freedom less than there are clusters
- differences: from the two intervals (G. Y. Zou and A. Donner, Statistics in Medicine 27, 2008); for shares this is
  R. G. Newcombe's method 10 (Statistics in Medicine 17, 1998)
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

LEVEL: Final = 0.95
_Z: Final = NormalDist().inv_cdf(0.5 + LEVEL / 2)
TOO_FEW: Final = "An interval of a mean needs votes on two sessions or more."


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the interval that holds the true one in 95 of 100 cases; where there is none, `note` says why."""

    value: float
    low: float | None
    high: float | None
    note: str = ""


def share(
    count: float,
    n: float,
    *,
    clusters: int,
    cc: float,
    cn: float,
    nn: float,
    votes: int | None = None,
) -> Estimate:
    """Return the share of `count` among `n` > 0 votes; where votes have weights, `n` is their sum and `votes` how many.

    Sums over the clusters: `cc` of their counts squared, `cn` of counts times votes, `nn` of votes squared.
    """
    # Rounding of sums of weights must not leave a share that is none.
    p = min(max(count / n, 0.0), 1.0)
    between = cc - 2 * p * cn + p * p * nn
    low, high = _wilson(p, _effective(n, p, clusters, between, nn, votes=votes or n))
    return Estimate(p, low, high)


def mean(total: float, n: float, *, clusters: int, ss: float, sn: float, nn: float) -> Estimate:
    """Return the mean of `n` > 0 votes, or of votes of that weight, that sum up to `total`.

    Sums over the clusters: `ss` of their sums squared, `sn` of sums times votes, `nn` of votes squared.
    """
    value = total / n
    if clusters < 2:
        return Estimate(value, None, None, TOO_FEW)
    between = max(0.0, ss - 2 * value * sn + value * value * nn)
    half = t_quantile(clusters - 1) * math.sqrt(between * clusters / (clusters - 1)) / n
    return Estimate(value, value - half, value + half)


def difference(one: Estimate, other: Estimate) -> Estimate:
    """Return `one` minus `other`, of independent votes."""
    value = one.value - other.value
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Estimate(value, None, None, one.note or other.note)
    down = math.hypot(one.value - one.low, other.high - other.value)
    up = math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(value, value - down, value + up)


def _effective(
    n: float, p: float, clusters: int, between: float, nn: float, *, votes: float
) -> float:
    """Return how many independent votes of equal weight would tell as much as `votes` that weigh `n`."""
    if clusters >= votes == n:
        return n
    if clusters < 2 or p in (0, 1):
        # Nothing is seen of how alike the votes of a cluster are: as if they were all the same. Of votes that stand
        # alone this is L. Kish's number (Survey Sampling, 1965).
        return n * n / nn
    design = between * clusters / (clusters - 1) * votes / (n * n * p * (1 - p))
    few = t_quantile(votes - 1) / t_quantile(clusters - 1)
    return votes / max(1.0, design) * few * few


def _wilson(p: float, n: float) -> tuple[float, float]:
    centre = p + _Z * _Z / (2 * n)
    half = _Z * math.sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n))
    below = 1 + _Z * _Z / n
    # Rounding must not leave the value outside its own interval.
    return max(0.0, min(p, (centre - half) / below)), min(1.0, max(p, (centre + half) / below))


def t_quantile(freedom: float) -> float:
    """Return the 97.5 % point of Student's t with `freedom` >= 1 degrees, right to four digits or better.

    G. W. Hill, Algorithm 396: Student's t-quantiles, Communications of the ACM 13 (1970), for two tails of 5 %.
    """
    tails = 1 - LEVEL
    if freedom == 1:
        return 1 / math.tan(tails * math.pi / 2)
    if freedom == 2:
        return math.sqrt(2 / (tails * (2 - tails)) - 2)
    a = 1 / (freedom - 0.5)
    b = 48 / (a * a)
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * freedom
    y = (d * tails) ** (2 / freedom)
    y = _far_out(freedom, d, y) if y <= 0.05 + a else _near_normal(freedom, a, b, c, d)
    return math.sqrt(freedom * y)


def _far_out(freedom: float, d: float, y: float) -> float:
    inner = 1 / (((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3)
    return ((inner + 0.5 / (freedom + 4)) * y - 1) * (freedom + 1) / (freedom + 2) + 1 / y


def _near_normal(freedom: float, a: float, b: float, c: float, d: float) -> float:
    x = -_Z
    y = x * x
    if freedom < 5:
        c += 0.3 * (freedom - 4.5) * (x + 0.6)
    c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
    return math.expm1(a * y * y)
