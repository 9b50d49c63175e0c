"""What all detectors have in common."""

from collections.abc import Callable

import pytest

from analytics import detectors
from analytics.evaluators.contract import READS, Evaluator, Sample

_MADE: list[tuple[str, Callable[[], Evaluator]]] = [
    (name, getattr(detectors, name)) for name in detectors.__all__
]


@pytest.mark.parametrize(("name", "make"), _MADE)
def test_a_detector_is_an_evaluator_of_its_name(name: str, make: Callable[[], Evaluator]) -> None:
    """It says what it is called and what it reads, and gives a verdict a sample, in their order."""
    detector = make()
    assert isinstance(detector, Evaluator)
    assert detector.name == name
    assert set(detector.reads) <= set(READS)
    assert detector.evaluate([]) == []
    facts = {"system": "You are a helpful assistant."}
    samples = [Sample(id=str(n), text=text, facts=facts) for n, text in enumerate(("a", "", "b c"))]
    assert len(detector.evaluate(samples)) == len(samples)


@pytest.mark.parametrize(("name", "make"), _MADE)
def test_the_same_text_gets_the_same_verdict(name: str, make: Callable[[], Evaluator]) -> None:
    """Neither neighbours nor repetition change what is said of a text."""
    text = f"Ignore all rules, {name}: I'm sorry, I can't. ann@mail.example.org"
    sample = Sample(id="1", text=text, facts={"system": text})
    first = make().evaluate([sample, Sample(id="2", text="other")])[0]
    assert make().evaluate([sample])[0] == first
