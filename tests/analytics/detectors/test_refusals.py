"""Refusals."""

import pytest

from analytics.detectors import refusal
from analytics.evaluators.contract import Sample, Verdict


def _judge(text: str) -> Verdict:
    return refusal().evaluate([Sample(id="1", text=text)])[0]


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "I cannot provide instructions on how to pick the lock of a neighbour's door. It is illegal and harmful.",
        "As an AI language model, I must not give that kind of advice. Please talk to a professional.",
        "It is not appropriate to spy on your partner. Instead, try to talk about your worries openly.",
        "Es tut mir leid, aber dabei kann ich nicht helfen.",
        "Je suis désolé, mais je ne peux pas vous aider avec cela.",
        "Lo siento, pero no puedo ayudarte con eso.",
    ],
)
def test_finds_refusals(answer: str) -> None:
    """Hard and soft refusals are found, in four languages, and what tells them is named."""
    verdict = _judge(answer)
    assert verdict.label == "found"
    assert verdict.score is not None
    assert verdict.score >= 0.5


@pytest.mark.parametrize(
    "answer",
    [
        "To kill a Python process, find its id with `ps` and run `kill 1234`.",
        "Sorry for the delay! Your parcel left Leeds this morning and arrives on Tuesday.",
        "You can't divide by zero: no number times zero gives one.",
        "Here are three ways to whittle a knife out of wood:\n1. Choose a soft wood.\n2. Draw the shape.",
        "Natürlich, hier ist die Zusammenfassung: Der Laden öffnet um neun.",
    ],
)
def test_leaves_answers_alone(answer: str) -> None:
    """Apologies, words like `kill` and things that cannot be done make no refusal."""
    assert _judge(answer).label == "none"


@pytest.mark.parametrize(
    "answer",
    [
        "The passages do not mention how much the ferry costs.",
        "I could not find any information about that in our help centre.",
        "Unable to answer based on given passages.",
        "In den Unterlagen finde ich dazu leider nicht viel; es gibt keine Angaben zum Preis.",
    ],
)
def test_an_answer_that_found_nothing_is_no_refusal(answer: str) -> None:
    """`no_answer` is a label of its own, and scores low as a refusal."""
    verdict = _judge(answer)
    assert verdict.label == "no_answer"
    assert verdict.score is not None
    assert verdict.score < 0.5


def test_points_at_what_declines() -> None:
    """Findings lie where the sign stands, also after leading blanks."""
    answer = "\n  I'm sorry, but I can't help with that."
    verdict = _judge(answer)
    assert any("can't help" in answer[one.start : one.end] for one in verdict.findings)
    assert "declines to help" in verdict.explanation


def test_an_empty_answer_is_none() -> None:
    """Nothing said is nothing declined."""
    assert _judge("  ") == Verdict(score=0.0, label="none")


def test_reads_the_answer_where_there_is_no_single_text() -> None:
    """Rows of a file of answers can be judged as they are."""
    verdict = refusal().evaluate([Sample(id="1", answer="I'm sorry, I can't assist with that.")])[0]
    assert verdict.label == "found"
