"""Evaluations: written, sent by OTLP, joined late, listed, filtered and sorted by."""

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import evaluations, filters, sessions, spans, suggestions, traces
from storage.client import Engine
from storage.errors import BadInput, StoreUnavailable
from storage.evaluation_reading import choosing
from storage.evaluations import Evaluation, EvaluationRow
from storage.query import Predicate, ask, load, spliced
from storage.window import Window
from tests.samples import set_attributes
from tests.storage.landed import logs_body
from tests.stored import store
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

EVENT = "gen_ai.evaluation.result"
DAY = Window(datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 6, 2, tzinfo=UTC))


def given(world: World, *items: Evaluation, **how: Any) -> list[str]:
    """Write evaluations."""
    return evaluations.write(world.engine, world.scope, items, **how)


def of(world: World, trace_id: str) -> list[EvaluationRow]:
    """Return the evaluations of a trace."""
    return evaluations.of_traces(world.engine, world.scope, [trace_id])


def of_id(world: World, evaluation_id: str) -> list[EvaluationRow]:
    """Return every version of an evaluation."""
    return evaluations.history(world.engine, world.scope, evaluation_id)


def listed(world: World, filter_: str = "", sort: str = "-start_time") -> list[str]:
    """Return the traces that fit a filter."""
    page = traces.list_traces(world.engine, world.scope, filter=filter_, sort=sort)
    return [row.trace_id for row in page.rows]


def sent(name: str, **more: Any) -> dict[str, Any]:
    """Return the attributes of an evaluation as OTLP has them."""
    return {"gen_ai.evaluation.name": name} | {
        f"gen_ai.evaluation.{key.replace('__', '.')}": value for key, value in more.items()
    }


def event(span: Any, attributes: Mapping[str, Any]) -> None:
    """Add an evaluation event to a span."""
    set_attributes(
        span.events.add(name=EVENT, time_unix_nano=span.end_time_unix_nano), dict(attributes)
    )


# -------------------------------------------------------------------- writing
def test_values_of_each_kind(world: World) -> None:
    """A number, a boolean, a category and a correction are read back as they were given."""
    trace_id = world.ask()
    world.save()
    given(
        world,
        Evaluation(name="grounded", value=0.25, label="weak", explanation="one source", trace_id=trace_id.upper()),
        Evaluation(name="polite", value=True, source="model", author="judge-2", trace_id=trace_id),
        Evaluation(name="tone", value="warm", source="human", metadata={"seen": [1, 2]}, trace_id=trace_id),
        Evaluation(name="correction", correction="It is 42.", source="human", trace_id=trace_id),
    )  # fmt: skip
    found = {row.name: row for row in of(world, trace_id)}
    assert {n: (r.kind, r.score, r.label) for n, r in found.items()} == {
        "grounded": ("number", 0.25, "weak"),
        "polite": ("boolean", 1.0, ""),
        "tone": ("category", None, "warm"),
        "correction": ("text", None, ""),
    }
    assert found["grounded"].explanation == "one source"
    assert (found["polite"].source, found["polite"].author) == ("model", "judge-2")
    assert found["tone"].metadata == {"seen": [1, 2]}
    assert found["correction"].correction == "It is 42."
    assert abs(found["tone"].time_unix_nano - time.time_ns()) < 60 * 10**9


def test_the_same_again_changes_nothing_and_another_value_is_a_new_version(world: World) -> None:
    """One id is one evaluation: the newest value counts, and its history stays."""
    one = Evaluation(name="ok", value=True, trace_id="aa", id="mine")
    assert given(world, one) == given(world, one) == ["mine"]
    assert len(of_id(world, "mine")) == 1
    given(world, Evaluation(name="ok", value=False, trace_id="aa", id="mine"))
    assert [row.score for row in of(world, "aa")] == [0.0]
    assert [row.score for row in of_id(world, "mine")] == [1.0, 0.0]
    given(world, one)
    assert [row.score for row in of(world, "aa")] == [1.0]
    assert len(of_id(world, "mine")) == 3


def test_a_retracted_evaluation_is_gone_and_can_come_back(world: World) -> None:
    """A retraction hides it everywhere but in its history; the same id written again stands."""
    one = Evaluation(name="ok", value=True, trace_id="aa", id="mine")
    given(world, one)
    assert evaluations.retract(world.engine, world.scope, "mine") == 1
    assert evaluations.retract(world.engine, world.scope, "mine") == 0
    assert of(world, "aa") == []
    assert [row.is_deleted for row in of_id(world, "mine")] == [False, True]
    given(world, one)
    assert len(of(world, "aa")) == 1


def test_only_ones_own_can_be_retracted_as_an_author(world: World) -> None:
    """With an author, what others or a model judged stays."""
    given(
        world,
        Evaluation(name="a", value=1, trace_id="aa", id="hers", source="human", author="her"),
        Evaluation(name="a", value=1, trace_id="aa", id="model", source="model", author="me"),
    )
    for evaluation_id in ("hers", "model"):
        assert evaluations.retract(world.engine, world.scope, evaluation_id, author="me") == 0
    assert len(of(world, "aa")) == 2


def test_an_id_belongs_to_one_evaluation(world: World) -> None:
    """An id that is there under another name or target is refused, and nothing of the batch is stored."""
    given(world, Evaluation(name="a", value=1, trace_id="aa", id="x"))
    for other in (
        Evaluation(name="b", value=1, trace_id="aa", id="x"),
        Evaluation(name="a", value=1, trace_id="bb", id="x"),
    ):
        with pytest.raises(BadInput, match=r"evaluations\[1\]\.id"):
            given(world, Evaluation(name="new", value=1, trace_id="cc"), other)
    assert of(world, "cc") == []


def test_nobody_changes_what_another_said(world: World) -> None:
    """Where only one's own may be changed, the id of another's evaluation is taken."""
    given(world, Evaluation(name="a", value=1, trace_id="aa", id="x", source="human", author="her"))
    mine = Evaluation(name="a", value=0, trace_id="aa", id="x", source="human", author="me")
    with pytest.raises(BadInput, match="taken"):
        given(world, mine, of_others=False)
    assert [row.author for row in of(world, "aa")] == ["her"]


def test_nobody_changes_what_a_member_said_by_taking_their_name(world: World) -> None:
    """What somebody judged here, signed in, is not a sender's to change, whatever author and id it writes."""
    hers = Evaluation(
        name="a", value=1, trace_id="aa", id="x", source="human", author="her", by_member=True
    )
    given(world, hers)
    forged = replace(hers, value=0, by_member=False)
    with pytest.raises(BadInput, match="taken"):
        given(world, forged)
    given(world, replace(hers, value=0.5))
    assert [(row.score, row.by_member) for row in of(world, "aa")] == [(0.5, True)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "name is empty"),
        ({"trace_id": ""}, "trace_id is missing"),
        ({"trace_id": "xyz"}, "trace_id is no id"),
        ({"trace_id": "", "span_id": "bb"}, "span_id needs its trace_id"),
        ({"session_id": "s"}, "session_id stands beside"),
        ({"value": None}, "value is missing"),
        ({"value": float("nan")}, "value is no number"),
        ({"value": "x" * 201}, "value is empty or too long"),
        ({"value": "a", "label": "b"}, "label contradicts"),
        ({"source": "robot"}, "source is 'robot'"),
        ({"explanation": "x" * 20_001}, "explanation is too long"),
        ({"metadata": {"x": "y" * 9000}}, "metadata is too large"),
        ({"time_unix_nano": 2**63}, "time is out of range"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    world: World, wrong: dict[str, Any], said: str
) -> None:
    """An item that cannot be kept is named by its index and member, and nothing is stored."""
    usual: dict[str, Any] = {"name": "a", "value": 1.0, "trace_id": "aa"}
    with pytest.raises(BadInput) as error:
        given(world, Evaluation(**usual), Evaluation(**{**usual, **wrong}))
    assert str(error.value).startswith(f"evaluations[1].{said}")
    assert of(world, "aa") == []


def test_batches_are_limited_and_hold_an_id_once(world: World) -> None:
    """More than a thousand, or one id twice, is refused."""
    one = Evaluation(name="a", value=1, trace_id="aa", id="x")
    with pytest.raises(BadInput, match="twice"):
        given(world, one, one)
    with pytest.raises(BadInput, match="1001 evaluations"):
        given(world, *[Evaluation(name="a", value=1, trace_id="aa")] * 1001)


def test_nothing_is_kept_where_the_engine_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that is gone is said so, and the same batch goes through later."""
    item = Evaluation(name="a", value=1, trace_id="aa", id="x")

    def gone() -> None:
        raise OSError("connection refused")

    with monkeypatch.context() as patch:
        client = world.engine.client()
        patch.setattr(client, "insert", lambda *_, **__: gone())
        with pytest.raises(StoreUnavailable):
            given(world, item)
    assert of(world, "aa") == []
    given(world, item)
    assert len(of(world, "aa")) == 1


# -------------------------------------------------------------------- by OTLP
def test_kinds_of_what_is_sent(world: World) -> None:
    """A boolean, or 0 and 1 with a label that says so, is a boolean; text is a category; NaN is nothing."""
    span = world.traces.span("judged")
    for name, value, label in (
        ("thumb", 1.0, "thumbs_up"),
        ("flag", False, ""),
        ("score", 0.5, "pass"),
        ("class", "good", ""),
        ("broken", float("nan"), ""),
    ):
        event(span, sent(name, score__value=value, score__label=label, source="LLM"))
    world.save()
    found = {row.name: (row.kind, row.score, row.label) for row in of(world, span.trace_id.hex())}
    assert found == {
        "thumb": ("boolean", 1.0, "thumbs_up"),
        "flag": ("boolean", 0.0, ""),
        "score": ("number", 0.5, "pass"),
        "class": ("category", None, "good"),
        "broken": ("text", None, ""),
    }
    assert {row.source for row in of(world, span.trace_id.hex())} == {"model"}


def test_attributes_of_a_span_judge_it_or_what_it_evaluates(world: World) -> None:
    """On a span, its own; on one whose work is to evaluate, the span that it links to, else the one above."""
    judged = world.traces.span("chat")
    set_attributes(judged, sent("own", score__value=0.5, explanation="x" * 600))
    evaluator = {"openinference.span.kind": "EVALUATOR"}
    below = world.traces.span("judge", parent=judged)
    set_attributes(below, evaluator | sent("above", score__value=1))
    other = world.traces.span("other")
    linking = world.traces.span("judge later", parent=other)
    linking.links.add(trace_id=judged.trace_id, span_id=judged.span_id)
    set_attributes(linking, evaluator | sent("linked", score__label="good"))
    world.save()
    found = {row.name: row for row in of(world, judged.trace_id.hex())}
    assert {row.span_id for row in found.values()} == {judged.span_id.hex()}
    assert set(found) == {"own", "above", "linked"}
    assert (found["own"].score, len(found["own"].explanation)) == (0.5, 600)
    assert found["above"].kind == "number"
    assert found["linked"].label == "good"


def test_a_session_is_judged_by_its_id(world: World) -> None:
    """An evaluation of a session names it, or takes the session of the span it comes on."""
    span = world.traces.span("turn")
    set_attributes(span, {"session.id": "s1"})
    event(span, sent("solved", score__value=True, scope="session"))
    world.save()
    (row,) = evaluations.of_sessions(world.engine, world.scope, ["s1"])
    assert (row.name, row.session_id, row.trace_id) == ("solved", "s1", "")


def test_an_evaluation_with_an_id_is_changed_by_the_next(world: World) -> None:
    """The same id on the same span again is a new version; the same id on another span is another evaluation."""
    trace_id = world.ask()
    world.save()
    span_id = "b" * 16
    for value in (0.0, 1.0):
        world.log(trace_id, span_id, sent("ok", id="e1", score__value=value), event_name=EVENT)
    world.log(trace_id, "c" * 16, sent("ok", id="e1", score__value=0.5), event_name=EVENT)
    found = {row.span_id: row.score for row in of(world, trace_id)}
    assert found == {span_id: 1.0, "c" * 16: 0.5}
    assert len(of_id(world, "e1")) == 3


def test_a_change_of_mind_within_one_export(world: World) -> None:
    """Of two versions that come in one request the one judged last counts, and both are kept."""
    records = [
        {
            "time_unix_nano": NOON_NS + at,
            "trace_id": b"\0" * 16,
            "event_name": EVENT,
            "attributes": sent("ok", id="e1", score__value=value) | {"gen_ai.response.id": "r1"},
        }
        for at, value in ((2, True), (1, False))
    ]
    trace_id, _ = answered(world, "r1")
    world.save()
    store(world.engine, world.scope.project, logs_body(*records), signal="logs")
    world.engine.client().command("OPTIMIZE TABLE evaluation_versions FINAL")
    assert [row.score for row in of(world, trace_id)] == [1.0]
    assert [row.score for row in of_id(world, "e1")] == [0.0, 1.0]


# -------------------------------------------------------------------- late joining
def answered(world: World, response_id: str) -> tuple[str, str]:
    """Add a trace whose model call has this response; return trace and span."""
    trace_id = world.ask(call={"gen_ai.response.id": response_id})
    call = world.traces.request.resource_spans[0].scope_spans[0].spans[-1]
    return trace_id, call.span_id.hex()


def by_log(world: World, response_id: str, value: float = 1.0, **more: Any) -> None:
    """Send an evaluation that names only a response."""
    attributes = sent("late", score__value=value, **more) | {"gen_ai.response.id": response_id}
    world.log("", "", attributes, event_name=EVENT)


@pytest.mark.parametrize("spans_first", [True, False])
def test_an_evaluation_of_a_response_joins_its_span(world: World, *, spans_first: bool) -> None:
    """It finds the span of the response, whichever of the two comes first, and is told once."""
    if not spans_first:
        by_log(world, "r1")
        (waiting,) = evaluations.list_evaluations(world.engine, world.scope).rows
        assert (waiting.trace_id, waiting.response_id) == ("", "r1")
    trace_id, span_id = answered(world, "r1")
    world.save()
    if spans_first:
        by_log(world, "r1")
    (row,) = of(world, trace_id)
    assert (row.span_id, row.score, row.response_id) == (span_id, 1.0, "r1")
    assert [r.trace_id for r in evaluations.list_evaluations(world.engine, world.scope).rows] == [
        trace_id
    ]
    assert [r.trace_id for r in of_id(world, row.id)] == [trace_id]
    assert listed(world, "evaluation.late = 1") == [trace_id]


def test_versions_and_retractions_join_too(world: World) -> None:
    """What changed while it waited, and after it was joined, counts at the span."""
    late: dict[str, Any] = {"name": "late", "response_id": "r1", "id": "e"}
    given(world, Evaluation(**late, value=0.1))
    given(world, Evaluation(**late, value=0.2))
    trace_id, _ = answered(world, "r1")
    world.save()
    assert [row.score for row in of(world, trace_id)] == [0.2]
    given(world, Evaluation(**late, value=0.2))
    assert [row.score for row in of_id(world, "e")] == [0.1, 0.2]
    given(world, Evaluation(**late, value=0.3))
    assert [row.score for row in of(world, trace_id)] == [0.3]
    evaluations.retract(world.engine, world.scope, "e")
    assert of(world, trace_id) == []
    assert [row.is_deleted for row in of_id(world, "e")] == [False, False, False, True]


def test_a_retraction_while_waiting_is_not_lost(world: World) -> None:
    """What was retracted before its span came stays retracted."""
    given(world, Evaluation(name="late", value=1, response_id="r1", id="e"))
    evaluations.retract(world.engine, world.scope, "e")
    trace_id, _ = answered(world, "r1")
    world.save()
    assert of(world, trace_id) == []
    assert listed(world, "evaluation.late exists") == []


def test_other_projects_are_not_joined(world: World, engine: Engine) -> None:
    """A response of the same id in another project is another one."""
    other = World(engine, f"{world.scope.project}-b")
    trace_id, _ = answered(other, "r1")
    other.save()
    given(world, Evaluation(name="late", value=1, response_id="r1"))
    assert of(other, trace_id) == []
    assert of(world, trace_id) == []


def test_merged_parts_say_the_same(world: World) -> None:
    """History, newest versions and what was joined are the same after the engine has merged its parts."""
    given(world, Evaluation(name="late", value=0.1, response_id="r1", id="e"))
    trace_id, _ = answered(world, "r1")
    world.save()
    given(world, Evaluation(name="late", value=0.2, response_id="r1", id="e"))
    before = of(world, trace_id), of_id(world, "e"), listed(world, "evaluation.late = 0.2")
    world.engine.client().command("OPTIMIZE TABLE evaluation_versions FINAL")
    assert before == (
        of(world, trace_id),
        of_id(world, "e"),
        listed(world, "evaluation.late = 0.2"),
    )
    assert len(before[1]) == 2


# -------------------------------------------------------------------- lists
def judged_traces(world: World) -> tuple[str, str, str]:
    """Add three traces: judged well, judged badly, and not judged."""
    good, bad, unknown = (
        world.ask(f"q{i}", at_s=-i, root={"session.id": f"s{i}"}) for i in range(3)
    )
    world.save()
    given(
        world,
        Evaluation(name="grounded", value=0.9, trace_id=good),
        Evaluation(name="grounded", value=0.7, trace_id=good, author="other"),
        Evaluation(name="user feedback", value=True, trace_id=good, source="human", author="u"),
        Evaluation(name="tone", value="warm", trace_id=good),
        Evaluation(name="grounded", value=0.2, trace_id=bad),
        Evaluation(name="tone", value="cold", trace_id=bad),
    )
    return good, bad, unknown


def test_rows_carry_what_their_evaluations_come_to(world: World) -> None:
    """A trace has mean, label and count by name; one that nobody judged has none."""
    good, _, unknown = judged_traces(world)
    rows = {row.trace_id: row for row in traces.list_traces(world.engine, world.scope).rows}
    scores = rows[good].scores
    grounded = scores["grounded"]
    assert (grounded.kind, grounded.count, grounded.sources) == ("number", 2, ["code"])
    assert grounded.score == pytest.approx(0.8)
    assert (scores["tone"].kind, scores["tone"].label, scores["tone"].score) == (
        "category",
        "warm",
        None,
    )
    assert (scores["user feedback"].kind, scores["user feedback"].score) == ("boolean", 1.0)
    assert rows[unknown].scores == {}


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("evaluation.grounded < 0.5", "b"),
        ("evaluation.grounded >= 0.7", "g"),
        ("evaluation.grounded = 0.2", "b"),
        ('evaluation["user feedback"] exists', "g"),
        ('evaluation["user feedback"]', "g"),
        ('evaluation["user feedback"] = true', "g"),
        ('evaluation["user feedback"] = false', ""),
        ('evaluation.tone = "warm"', "g"),
        ("evaluation.tone in (warm, cold)", "gb"),
        ("evaluation.tone ~ ^co", "b"),
        ("evaluation.tone contains OL", "b"),
        ("evaluation.tone != warm", "bu"),
        ("not evaluation.grounded exists", "u"),
        ("evaluation exists", "gb"),
        ("feedback", "g"),
        ("feedback exists", "g"),
        ("not feedback", "bu"),
        ("Evaluation.grounded > 0.5 and evaluation.tone = warm and model = gpt-4o", "g"),
        ("evaluation.grounded > 0.5 or not evaluation exists", "gu"),
    ],
)
def test_filters_by_evaluations(world: World, filter_: str, expected: str) -> None:
    """Traces are found by numbers, labels, truth and presence of what judged them."""
    names = dict(zip(judged_traces(world), "gbu", strict=True))
    assert "".join(names[trace_id] for trace_id in listed(world, filter_)) == expected
    count = traces.count_traces(world.engine, world.scope, filter=filter_)
    assert count == len(expected)


@pytest.mark.parametrize(
    ("filter_", "said"),
    [
        ("evaluation < 5", "evaluation needs a name"),
        ("evaluation.a < x", "`<` compares numbers"),
        ("feedback = 5", "feedback takes no value"),
        ('model["x"] exists', "model takes no [...]"),
    ],
)
def test_filters_that_cannot_be_say_why(world: World, filter_: str, said: str) -> None:
    """A comparison that makes no sense is refused with what to write."""
    with pytest.raises(BadInput) as error:
        listed(world, filter_)
    assert said in str(error.value)
    assert error.value.hint


def test_a_filter_asks_the_newest_version(world: World) -> None:
    """What an evaluation was before it changed does not count."""
    good, bad, _ = judged_traces(world)
    given(world, Evaluation(name="ok", value=0.1, trace_id=good, id="e"))
    given(world, Evaluation(name="ok", value=0.9, trace_id=good, id="e"))
    assert listed(world, "evaluation.ok < 0.5") == []
    assert listed(world, "evaluation.ok > 0.5") == [good]
    assert bad not in listed(world, "evaluation.ok exists")


def test_traces_in_the_order_of_an_evaluation(world: World) -> None:
    """By the mean, those without last in both directions, page by page."""
    good, bad, unknown = judged_traces(world)
    assert listed(world, sort="evaluation.grounded") == [bad, good, unknown]
    assert listed(world, sort="-evaluation.grounded") == [good, bad, unknown]
    found, cursor = [], ""
    for _ in range(3):
        page = traces.list_traces(
            world.engine, world.scope, sort="evaluation.grounded", limit=1, cursor=cursor
        )
        found += [row.trace_id for row in page.rows]
        cursor = page.next_cursor or ""
    assert (found, cursor) == ([bad, good, unknown], "")


def test_spans_by_their_evaluations(world: World) -> None:
    """A span is found and sorted by what judged it; what judged its trace alone is not its own."""
    trace_id = world.ask()
    root, call = world.traces.request.resource_spans[0].scope_spans[0].spans
    world.save()
    given(
        world,
        Evaluation(name="q", value=0.3, trace_id=trace_id, span_id=call.span_id.hex()),
        Evaluation(name="whole", value=0.3, trace_id=trace_id),
    )

    def found(filter_: str, sort: str = "-start_time") -> list[str]:
        page = spans.list_spans(world.engine, world.scope, filter=filter_, sort=sort)
        return [row.span_id for row in page.rows]

    assert found("evaluation.q < 0.5") == [call.span_id.hex()]
    assert found("not evaluation.q exists") == [root.span_id.hex()]
    assert found("evaluation.whole exists") == []
    assert found("", "evaluation.q") == [call.span_id.hex(), root.span_id.hex()]
    rows = {r.span_id: r for r in spans.list_spans(world.engine, world.scope).rows}
    assert rows[call.span_id.hex()].scores["q"].score == pytest.approx(0.3)
    assert rows[root.span_id.hex()].scores == {}


def test_sessions_by_their_evaluations(world: World) -> None:
    """A session is found by what judged it or one of its traces, and shows what both come to."""
    judged_traces(world)
    given(world, Evaluation(name="solved", value=True, session_id="s2", source="human"))

    def found(filter_: str) -> list[str]:
        page = sessions.list_sessions(world.engine, world.scope, filter=filter_)
        return [row.session_id for row in page.rows]

    assert found("evaluation.solved") == ["s2"]
    assert found("evaluation.grounded < 0.5") == ["s1"]
    assert listed(world, "evaluation.solved exists") == []
    rows = {r.session_id: r for r in sessions.list_sessions(world.engine, world.scope).rows}
    assert rows["s2"].scores["solved"].score == 1.0
    assert rows["s0"].scores["grounded"].count == 2
    (turn,) = sessions.session_turns(world.engine, world.scope, "s0").rows
    assert turn.scores["tone"].label == "warm"


def test_sessions_in_the_order_of_an_evaluation(world: World) -> None:
    """By the mean over a session and its traces, those without last in both directions, page by page."""
    judged_traces(world)
    given(world, Evaluation(name="grounded", value=0.3, session_id="s2"))
    given(world, Evaluation(name="tone", value=0.5, session_id="s1"))

    def listed_by(sort: str, limit: int = 10) -> list[str]:
        found, cursor = [], ""
        while True:
            page = sessions.list_sessions(
                world.engine, world.scope, sort=sort, limit=limit, cursor=cursor
            )
            found += [row.session_id for row in page.rows]
            if not page.next_cursor:
                return found
            cursor = page.next_cursor

    assert listed_by("evaluation.grounded") == ["s1", "s2", "s0"]
    assert listed_by("-evaluation.grounded", limit=1) == ["s0", "s2", "s1"]
    assert listed_by("-evaluation.tone")[0] == "s1"
    given(world, Evaluation(name="grounded", value=0.95, session_id="s1"))
    given(world, Evaluation(name="grounded", value=0.95, session_id="s1"))
    assert listed_by("evaluation.grounded") == ["s2", "s1", "s0"]
    assert listed_by("start_time") == listed_by("-start_time")[::-1]


def test_names_and_labels_are_suggested(world: World) -> None:
    """What there is to filter by: names with their kinds, labels with how often each was given."""
    judged_traces(world)
    now = datetime.now(UTC)
    window = Window(now - timedelta(hours=1), now + timedelta(hours=1))
    names = evaluations.names(world.engine, world.scope, window=window)
    assert [(n.name, n.evaluations, n.kind) for n in names] == [
        ("grounded", 3, "number"),
        ("tone", 2, "category"),
        ("user feedback", 1, "boolean"),
    ]
    assert names[2].by_people == 1
    values = suggestions.values(
        world.engine, world.scope, "evaluation.tone", prefix="W", window=window
    )
    assert values == [("warm", 1)]
    assert suggestions.values(world.engine, world.scope, "feedback", window=window) == []
    assert {"evaluation", "feedback"} <= {field.name for field in suggestions.fields()}


def test_evaluations_are_listed_by_page(world: World) -> None:
    """The latest first, by any of their marks, a page at a time; with history, every version."""
    for i in range(5):
        given(world, Evaluation(name="n", value=i, trace_id="aa", id=f"e{i}", author="me" if i % 2 else "you",
                                time_unix_nano=NOON_NS + i))  # fmt: skip
    given(
        world,
        Evaluation(
            name="n", value=9, trace_id="aa", id="e4", author="you", time_unix_nano=NOON_NS + 4
        ),
    )

    def pages(**asked: Any) -> list[tuple[str, float | None]]:
        found: list[tuple[str, float | None]] = []
        cursor = ""
        while True:
            page = evaluations.list_evaluations(
                world.engine, world.scope, limit=2, cursor=cursor, **asked
            )
            found += [(row.id, row.score) for row in page.rows]
            if not page.next_cursor:
                return found
            cursor = page.next_cursor

    assert pages(window=DAY) == [("e4", 9), ("e3", 3), ("e2", 2), ("e1", 1), ("e0", 0)]
    assert pages(author="me", trace_id="aa", name="n") == [("e3", 3), ("e1", 1)]
    assert sorted(pages(every_version=True, id="e4")) == [("e4", 4), ("e4", 9)]
    assert pages(name="other") == []


# -------------------------------------------------------------------- how it is read
def plan_of(world: World, name: str, where: Predicate, **values: Any) -> str:
    """Return how the engine would answer a question."""
    text = "EXPLAIN indexes = 1 " + spliced(load(name), where)
    known = {**where.values, "project": world.scope.project, **values}
    return "\n".join(row[0] for row in ask(world.engine, name, text, known).result_rows)


def test_a_filter_reads_the_evaluations_of_one_name_then_traces_by_key(world: World) -> None:
    """The projection by name tells which traces were judged so; these are looked up by key, and no span is read."""
    judged_traces(world)
    where = filters.predicate("evaluation.grounded < 0.5", "trace")
    plan = plan_of(
        world, "traces/page", where, start_ns=NOON_NS - 10**10, end_ns=NOON_NS, sort="by_start_time", direction=-1,
        after=-(2**63), after_id="", limit=10,
    )  # fmt: skip
    assert "trace_id in 1-element set" in plan
    assert "groundwire.spans" not in plan


def test_many_evaluations_are_read_by_name(world: World) -> None:
    """Of many names, the rows of one alone are read: a twentieth of all."""
    world.engine.client().command(
        "INSERT INTO evaluation_versions (project_id, trace_id, name, id, kind, score) "  # noqa: S608 - ours
        f"SELECT '{world.scope.project}', hex(sipHash128(number)), toString(number % 20), toString(number), 'number', "
        "number % 100 FROM numbers(200000)"
    )
    judged = choosing(load("evaluations/judged"), " AND name = {name:String}")
    known = {"project": world.scope.project, "name": "7"}
    rows = ask(world.engine, "x", f"EXPLAIN indexes = 1 {judged.text}", known).result_rows
    plan = "\n".join(row[0] for row in rows)
    assert "ReadFromMergeTree (by_name_weighted)" in plan
    granules = re.findall(r"Granules: (\d+)/(\d+)", plan)
    assert all(int(read) <= int(of) / 10 for read, of in granules[:1]), plan


def test_replayed_segments_add_nothing(world: World) -> None:
    """An export that is sent again is the same evaluation, also where it has no id of its own."""
    span = world.traces.span("judged")
    event(span, sent("ok", score__value=1.0))
    body = world.traces.body()
    for _ in range(2):
        store(world.engine, world.scope.project, body)
    assert len(of(world, span.trace_id.hex())) == 1
