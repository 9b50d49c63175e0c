"""Texts made to keep a detector busy."""

import time
from collections.abc import Callable
from typing import Final

import pytest

from analytics.detectors import pii, prompt_injection, prompt_leak, refusal, secrets
from analytics.evaluators.contract import Evaluator, Sample

_UNITS: Final = (
    *(
        "a",
        "1 ",
        "@a.",
        "a.",
        "1.2.3.4.",
        ":",
        "AA11 ",
        "+1 ",
        "((",
        "12-",
        "eyJ",
        "sk-",
        "password=",
        "://a:",
    ),
    *(
        "-----BEGIN PRIVATE KEY-----",
        "my number ",
        "http://a",
        "ignore ",
        "you must ",
        "?! ",
        "\"'",
        "[](",
    ),
    *("no information in ", "kann ich ", "\u00e9", "\U000e0041", "\n"),
)
_SWITCHES: Final = "\n@ 12 www. :// sk- PRIVATE KEY"
"""What must occur for some forms to be looked for at all."""
_SMALL: Final = 5_000
_TIMES: Final = 8

_EXPONENT: Final = 1.65
"""A text eight times as long may take so much longer: 8 ** 1.65 is 31, where squares take 64."""
_FLOOR_S: Final = 0.005
"""What is faster than that is noise."""


@pytest.mark.parametrize("make", [pii, prompt_injection, prompt_leak, refusal, secrets])
def test_time_grows_with_the_text_and_no_faster(make: Callable[[], Evaluator]) -> None:
    """No repeated piece makes a detector take the square of a text's length."""
    detector = make()
    detector.evaluate([Sample(id="1", text="warm up")])
    slow = [unit for unit in _UNITS if _growth(detector, unit) > _TIMES**_EXPONENT]
    assert slow == []


def _growth(detector: Evaluator, unit: str) -> float:
    small = unit * (_SMALL // len(unit))
    long, short = small * _TIMES + _SWITCHES, small + _SWITCHES
    return _seconds(detector, long) / max(_seconds(detector, short), _FLOOR_S)


def _seconds(detector: Evaluator, text: str) -> float:
    """Return the CPU time of judging a text, the least of two: neighbours do not count."""
    taken = []
    for _ in range(2):
        begun = time.thread_time()
        detector.evaluate([Sample(id="1", text=text, facts={"system": text[:_SMALL]})])
        taken.append(time.thread_time() - begun)
    return min(taken)
