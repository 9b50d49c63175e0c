"""The facts of a trace, worked out from spans in whatever order and shape they come."""

import uuid
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from storage.client import Engine
from storage.loading import settle
from storage.scope import Scope
from storage.traces import TraceRow, list_traces
from tests.samples import MINUTE_NS, Traces, message, set_attributes
from tests.stored import store
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

USAGE: Any = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "m",
    "gen_ai.usage.input_tokens": 100,
}


def facts(engine: Engine, project: str) -> TraceRow:
    """Return the facts of the only trace of a project."""
    (row,) = list_traces(engine, Scope(project)).rows
    return row


def tree(parents: list[int | None], reporting: set[int]) -> Traces:
    """Make a trace: the parent of each span by its place, and which spans report 100 input tokens."""
    traces = Traces(uuid.uuid4().int, start_ns=NOON_NS)
    spans: list[Any] = []
    for place, parent in enumerate(parents):
        span = traces.span(f"span {place}", trace_id=b"\x07" * 16)
        span.parent_span_id = spans[parent].span_id if parent is not None else b""
        set_attributes(span, USAGE if place in reporting else {})
        spans.append(span)
    return traces


def save_each(engine: Engine, project: str, traces: Traces, order: tuple[int, ...]) -> None:
    """Insert each span by itself, in an order of one's choosing; settle after each."""
    spans = list(traces.request.resource_spans[0].scope_spans[0].spans)
    for place in order:
        one = Traces(0)
        one.request.resource_spans[0].scope_spans[0].spans.append(spans[place])
        store(engine, project, one.body())


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1), (1, 3, 0, 2)])
def test_the_order_of_arrival_changes_nothing(
    engine: Engine, project: str, order: tuple[int, ...]
) -> None:
    """A root, a framework's span and two calls that both report usage come to the same facts in every order."""
    save_each(engine, project, tree([None, 0, 1, 1], {1, 2, 3}), order)
    row = facts(engine, project)
    assert (row.name, row.has_root, row.span_count) == ("span 0", True, 4)
    assert (row.input_tokens, row.model_calls) == (200, 2)
    assert row.start_time_unix_nano == NOON_NS


@pytest.mark.parametrize(
    ("parents", "reporting", "counted"),
    [
        ([None], {0}, 1),
        ([None, 0], {0, 1}, 1),  # a framework repeats its client
        ([None, 0, 1], {0, 1, 2}, 1),  # three report one call
        ([None, 0, 1, 2], {0, 3}, 1),  # with others between them
        ([None, *range(16)], {0, 16}, 1),  # far apart
        ([None, *range(60)], {0, 30, 60}, 1),
        ([None, 0, 0, 0], {1, 2, 3}, 3),  # side by side
        ([None, 0, 0, 0], {0, 1, 2, 3}, 3),  # and their sum above them
        ([None, 0, 1, 0, 3], {0, 1, 2, 4}, 2),
        ([None, 0, 0], set(), 0),
    ],
)
def test_usage_that_is_reported_again_counts_once(
    engine: Engine, project: str, parents: list[int | None], reporting: set[int], counted: int
) -> None:
    """Where spans above one another report usage, the innermost of them counts."""
    traces = tree(parents, reporting)
    store(engine, project, traces.body(), accepted=traces.count)
    row = facts(engine, project)
    assert (row.input_tokens, row.model_calls) == (counted * 100, counted)


def test_a_late_span_makes_the_facts_anew(engine: Engine, project: str) -> None:
    """Usage, errors, end and name follow the spans that come later."""
    traces = tree([None, 0], {1})
    spans = traces.request.resource_spans[0].scope_spans[0].spans
    spans[1].status.code = Status.STATUS_CODE_ERROR
    spans[1].end_time_unix_nano = NOON_NS + 9 * 10**9
    save_each(engine, project, traces, (0,))
    before = facts(engine, project)
    save_each(engine, project, traces, (1,))
    after = facts(engine, project)
    assert (before.span_count, before.error_count, before.input_tokens) == (1, 0, 0)
    assert (after.span_count, after.error_count, after.input_tokens) == (2, 1, 100)
    assert after.duration_ns == 9 * 10**9


def test_settling_again_changes_nothing(engine: Engine, project: str) -> None:
    """A segment that is settled twice, as after a crash, gives one trace with the same facts."""
    traces = tree([None, 0], {0, 1})
    store(engine, project, traces.body(), accepted=2)
    before = facts(engine, project)
    segments = engine.client().query(
        "SELECT DISTINCT segment FROM touched_traces WHERE project_id = {project:String}",
        parameters={"project": project},
    )
    for (segment,) in segments.result_rows:
        settle(engine, [segment])
        settle(engine, [segment])
    assert facts(engine, project) == before


def test_without_a_root_the_first_orphan_stands_for_the_trace(engine: Engine, project: str) -> None:
    """A trace whose root never comes is named after its first span whose parent is missing."""
    traces = tree([None, 0, 1, 0], set())
    save_each(engine, project, traces, (2, 3, 1))
    row = facts(engine, project)
    assert (row.name, row.has_root, row.span_count) == ("span 1", False, 3)
    save_each(engine, project, traces, (0,))
    row = facts(engine, project)
    assert (row.name, row.has_root) == ("span 0", True)


def test_the_first_of_several_roots_stands_for_the_trace(engine: Engine, project: str) -> None:
    """Two spans without a parent share a trace id: the earlier one names it."""
    save_each(engine, project, tree([None, None, 1], set()), (1, 2, 0))
    assert facts(engine, project).name == "span 0"


def test_a_start_that_moves_to_an_earlier_hour_moves_the_trace(
    engine: Engine, project: str
) -> None:
    """A parent that started an hour before its late child leaves one trace, in its own hour."""
    traces = tree([None, 0], {1})
    spans = traces.request.resource_spans[0].scope_spans[0].spans
    spans[0].start_time_unix_nano = NOON_NS - 61 * MINUTE_NS
    save_each(engine, project, traces, (1,))
    assert facts(engine, project).start_time_unix_nano == NOON_NS + 10**6
    save_each(engine, project, traces, (0,))
    row = facts(engine, project)
    assert (row.start_time_unix_nano, row.span_count) == (NOON_NS - 61 * MINUTE_NS, 2)


def test_messages_from_logs_are_the_input_and_output_of_their_span(world: World) -> None:
    """Contents that only log records carry show on the trace, whether the span or the log came first."""
    traces = tree([None, 0], {1})
    span = traces.request.resource_spans[0].scope_spans[0].spans[1]
    told = {
        "gen_ai.input.messages": [message("user", "old turn"), message("user", "where is it?")],
        "gen_ai.output.messages": [message("assistant", "on its way")],
    }
    world.log(span.trace_id.hex(), span.span_id.hex(), told)
    store(world.engine, world.scope.project, traces.body(), accepted=2)
    row = facts(world.engine, world.scope.project)
    assert (row.input, row.output) == ("where is it?", "on its way")
    world.log(
        span.trace_id.hex(),
        span.span_id.hex(),
        {"gen_ai.output.messages": [message("assistant", "delivered")]},
        at_s=5,
    )
    row = facts(world.engine, world.scope.project)
    assert (row.input, row.output) == ("where is it?", "delivered")


def test_projects_with_the_same_ids_do_not_mix(engine: Engine, project: str) -> None:
    """Two projects that send the very same spans have facts of their own."""
    other = f"{project}-other"
    traces = tree([None, 0], {0, 1})
    save_each(engine, project, traces, (0,))
    save_each(engine, other, traces, (0, 1))
    assert (facts(engine, project).span_count, facts(engine, project).input_tokens) == (1, 100)
    assert (facts(engine, other).span_count, facts(engine, other).input_tokens) == (2, 100)


@pytest.mark.parametrize("parents", [[0], [1, 0], [2, 0, 1], [0, 0, 1]])
@pytest.mark.parametrize("reporting", [set(), {0}, {0, 1, 2}])
def test_parents_that_go_round_in_a_circle_are_survived(
    engine: Engine, project: str, parents: list[int], reporting: set[int]
) -> None:
    """Spans that are their own ancestors give a trace with every span in it, below calls that report usage too."""
    count = len(parents)
    traces = tree([None] * (count + 2), reporting | {count, count + 1})
    spans = traces.request.resource_spans[0].scope_spans[0].spans
    for place, parent in enumerate([*parents, 0, 0]):
        spans[place].parent_span_id = spans[parent].span_id
    store(engine, project, traces.body(), accepted=traces.count)
    row = facts(engine, project)
    assert (row.span_count, row.has_root) == (count + 2, False)
    assert row.input_tokens >= 200


def test_a_trace_ten_thousand_spans_deep_is_settled(engine: Engine, project: str) -> None:
    """Depth costs no failure: every span counts, though usage reported so far apart counts twice."""
    traces = tree([None, *range(9_999)], {0, 9_999})
    store(engine, project, traces.body(), accepted=traces.count)
    assert facts(engine, project).span_count == 10_000


def test_figures_that_cannot_be_are_not_summed_into_nonsense(engine: Engine, project: str) -> None:
    """Absurd and negative token counts neither fail the insert nor overflow the trace's sum."""
    traces = tree([None, 0, 0], set())
    spans = traces.request.resource_spans[0].scope_spans[0].spans
    for span, tokens in zip(spans, (2**63 - 1, -5, 7), strict=True):
        set_attributes(span, {**USAGE, "gen_ai.usage.input_tokens": tokens})
    store(engine, project, traces.body(), accepted=3)
    assert 0 <= facts(engine, project).input_tokens < 2**62
