"""Feedback as it arrives: log records of evaluations, about a trace, a span or a session."""

import json

import groundwire
import pytest

from tests.sdk.capture import Capture, attributes
from tests.sdk.conftest import Start


def test_thumbs_are_about_the_current_trace(traced: Capture) -> None:
    """A thumb is a boolean by a person about the whole trace, with the user that the context names."""
    with groundwire.user("u-1"), groundwire.span("answer") as span:
        evaluation_id = groundwire.thumbs(False, comment="too long")
    assert groundwire.flush(10)
    (record,) = traced.records()
    assert record.event_name == "gen_ai.evaluation.result"
    assert record.trace_id.hex() == span.trace_id
    assert attributes(record) == {
        "gen_ai.evaluation.scope": "trace",
        "gen_ai.evaluation.id": evaluation_id,
        "gen_ai.evaluation.name": "user_feedback",
        "gen_ai.evaluation.source": "human",
        "gen_ai.evaluation.score.value": False,
        "gen_ai.evaluation.score.label": "thumbs_down",
        "gen_ai.evaluation.explanation": "too long",
        "gen_ai.evaluation.author": "u-1",
    }


def test_feedback_on_an_older_trace_span_or_session(traced: Capture) -> None:
    """Whatever was named before can be judged later, and no span need be current."""
    trace_id, span_id = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    groundwire.feedback("helpful", 4, trace_id=trace_id)
    groundwire.feedback("tone", "rude", trace_id=trace_id, span_id=span_id)
    groundwire.feedback("resolved", True, session="s-9", metadata={"channel": "mail"})
    assert groundwire.flush(10)
    first, second, third = traced.records()
    assert (first.trace_id.hex(), first.span_id) == (trace_id, b"")
    assert attributes(first)["gen_ai.evaluation.score.value"] == 4.0
    assert attributes(first)["gen_ai.evaluation.scope"] == "trace"
    assert second.span_id.hex() == span_id
    assert attributes(second)["gen_ai.evaluation.score.label"] == "rude"
    assert "gen_ai.evaluation.scope" not in attributes(second)
    assert third.trace_id == b""
    assert attributes(third)["session.id"] == "s-9"
    assert json.loads(attributes(third)["gen_ai.evaluation.metadata"]) == {"channel": "mail"}


def test_corrections_and_escalations_have_names_of_their_own(traced: Capture) -> None:
    """The edited answer goes as it is; an escalation is a boolean with its reason."""
    with groundwire.span("answer"):
        groundwire.correct("We open at nine.", author="editor")
        groundwire.escalate("wants a refund")
    assert groundwire.flush(10)
    correction, escalation = (attributes(record) for record in traced.records())
    assert correction["gen_ai.evaluation.name"] == "correction"
    assert correction["gen_ai.evaluation.correction"] == "We open at nine."
    assert correction["gen_ai.evaluation.author"] == "editor"
    assert escalation["gen_ai.evaluation.name"] == "escalation"
    assert escalation["gen_ai.evaluation.score.value"] is True
    assert escalation["gen_ai.evaluation.explanation"] == "wants a refund"


def test_an_id_of_the_apps_own_is_kept(traced: Capture) -> None:
    """The same id again is how an opinion is changed."""
    assert groundwire.thumbs(True, trace_id="a" * 32, id="vote-7") == "vote-7"
    assert groundwire.flush(10)
    assert attributes(traced.records()[0])["gen_ai.evaluation.id"] == "vote-7"


def test_feedback_about_nothing_is_dropped_and_said(
    traced: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a trace to be about, or with an id that is none, nothing is raised."""
    assert groundwire.thumbs(True) == ""
    assert groundwire.feedback("x", 1, trace_id="not hex") == ""
    assert "give trace_id" in caplog.text
    assert groundwire.flush(10)
    assert not traced.records()


def test_the_address_of_a_trace_is_known(start: Start) -> None:
    """An app can print where its trace is shown."""
    start(api_url="https://groundwire.example/")
    assert groundwire.trace_url() is None
    with groundwire.span("x") as span:
        assert groundwire.current_trace_id() == span.trace_id
        assert groundwire.trace_url() == f"https://groundwire.example/ui/traces/{span.trace_id}"
