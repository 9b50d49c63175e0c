"""The head of a trace's page."""

from dataclasses import replace
from typing import Any

from storage.spans import EvaluationRow, Trace
from storage.traces import TraceRow
from tests.ui.samples import blank, summary
from ui import header


def facts(**more: Any) -> TraceRow:
    """Return the facts of a trace."""
    return blank(
        TraceRow,
        **({"trace_id": "t", "name": "POST /chat", "has_root": True, "cost_usd": None} | more),
    )


def trace(row: TraceRow | None) -> Trace:
    """Return a trace of one span."""
    return Trace(trace_id="t", facts=row, spans=[summary("root")], logs=[], evaluations=[])


def texts(badges: list[dict[str, str]]) -> list[str]:
    """Return what the badges say."""
    return [badge["text"] for badge in badges]


def test_only_known_facts_are_shown() -> None:
    """A trace without tenant, cost or tokens has no empty places for them."""
    head = header.of(
        trace(facts(duration_ns=2_000_000, span_count=1)), prefix="/ui/", project="default"
    )

    assert {fact["label"]: fact["value"] for fact in head["facts"]} == {
        "Duration": "2.00 ms",
        "Spans": "1",
    }


def test_what_is_out_of_the_ordinary_stands_in_badges() -> None:
    """Errors, guardrail trips, fallbacks, retries and cache hits are seen at once."""
    row = facts(
        error_count=2,
        error_type="Timeout",
        guardrail_trips=["pii"],
        is_fallback=True,
        retry_count=2,
        cache_hit=True,
    )

    assert texts(header.badges(row)) == [
        "Timeout",
        "guardrail pii",
        "fallback",
        "2 retries",
        "cache hit",
    ]


def test_the_session_link_keeps_project_and_odd_ids() -> None:
    """A session id with slashes leads to its page, in the same project."""
    head = header.of(trace(facts(session_id="a/b?c")), prefix="/ui/", project="shop")

    (session,) = [fact for fact in head["facts"] if fact["label"] == "Session"]
    assert session["link"] == "/ui/sessions/a%2Fb%3Fc?project=shop"


def test_a_trace_that_still_arrives_is_shown_from_its_spans() -> None:
    """Before the facts are settled there is a name and a word about it."""
    head = header.of(trace(None), prefix="/ui/", project="default")

    assert head["name"] == "root"
    assert texts(head["badges"]) == ["still arriving"]


def test_evaluations_of_the_trace_are_told() -> None:
    """Name, score and label of the first few, and how many more there are."""
    one = blank(EvaluationRow, name="groundedness", score=0.8123, label="grounded")

    assert texts(header.evaluation_badges([one])) == ["groundedness 0.812 grounded"]
    assert (
        texts(header.evaluation_badges([replace(one, name=str(i)) for i in range(9)]))[-1]
        == "3 more evaluations"
    )


def test_what_people_say_is_told_first() -> None:
    """However many evaluators have judged: somebody who has just voted sees it, and scores go before their lack."""
    judged = [blank(EvaluationRow, name=name, score=0.5, source="code") for name in "fedcba"]
    silent = blank(EvaluationRow, name="a0", label="no_contexts", source="code")
    older, newer = (
        blank(EvaluationRow, name=name, label=name, source="human", time_unix_nano=at)
        for name, at in (("older", 1), ("newer", 2))
    )

    shown = texts(header.evaluation_badges([silent, *judged, older, newer]))

    assert shown[:3] == ["newer newer", "older older", "a 0.5"]
    assert shown[-1] == "3 more evaluations"
    assert texts(header.evaluation_badges([silent, *judged]))[-1] == "1 more evaluation"
