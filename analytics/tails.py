"""Tails of distributions, for figures that are read where one in a thousand counts. Without SciPy."""

import math
from typing import Final

_NEARLY_NORMAL: Final = 0.01
"""Skewness up to which the normal curve does."""
_NEAR: Final = 1.0
"""Standard deviations up to which the normal curve does: nobody acts on such a tail."""
_STEPS: Final = 5000


def normal_tail(z: float) -> float:
    """Return the chance of a standard normal above `z`."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def pearson_tail(value: float, variance: float, third: float) -> float:
    """Return the chance of `value` or more for a Pearson III curve of mean 0 with these second and third moments.

    Without variance nothing can differ: 1.
    """
    if variance <= 0:
        return 1.0
    z = value / math.sqrt(variance)
    skewness = third / variance**1.5
    if z < _NEAR or abs(skewness) < _NEARLY_NORMAL:
        return normal_tail(z)
    shape = 4 / (skewness * skewness)
    if skewness > 0:
        return _gamma_above(shape, shape + 2 * z / skewness)
    # The curve ends where the gamma begins.
    return 1 - _gamma_above(shape, max(0.0, shape - 2 * z / -skewness))


def _gamma_above(a: float, x: float) -> float:
    """Return the chance of a gamma variable of shape `a` above `x`: Press et al., Numerical Recipes, section 6.2."""
    if x <= 0:
        return 1.0
    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    return 1 - front * _series(a, x) if x < a + 1 else front * _fraction(a, x)


def _series(a: float, x: float) -> float:
    term = total = 1 / a
    for n in range(1, _STEPS):
        term *= x / (a + n)
        total += term
        if term < total * 1e-12:
            break
    return total


def _fraction(a: float, x: float) -> float:
    """Return Lentz's continued fraction."""
    tiny = 1e-300
    b = x + 1 - a
    c = 1 / tiny
    d = 1 / b if b else 1 / tiny
    value = d
    for n in range(1, _STEPS):
        step = -n * (n - a)
        b += 2
        d = 1 / (step * d + b or tiny)
        c = b + step / c or tiny
        value *= d * c
        if abs(d * c - 1) < 1e-12:
            break
    return value
