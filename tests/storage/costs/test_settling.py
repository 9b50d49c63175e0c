"""One call, one cost: which of the spans that report a call counts, in whatever order they come."""

import itertools
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from storage.client import Engine
from storage.costs.prices import PriceRow, Rate, store_prices, unresolved_keys
from storage.costs.settling import settle_touched
from storage.scope import Scope
from storage.traces import TraceRow, list_traces
from tests.samples import MINUTE_NS, Traces, set_attributes
from tests.stored import store
from tests.world import NOON_NS

pytestmark = pytest.mark.engine

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PRICE = Rate(
    EPOCH,
    "list",
    "acme/m",
    {"input": Decimal("2e-6"), "cache_read": Decimal("1e-6"), "output": Decimal("8e-6")},
)
USAGE: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "acme",
    "gen_ai.request.model": "m",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 100,
}
AGENT = {**USAGE, "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper"}
COST = Decimal("0.0028")
"""Of one call with USAGE at PRICE: 1,000 x 2 + 100 x 8 dollars a million."""


class Trace:
    """One trace whose spans are stored one by one, in an order of one's choosing."""

    def __init__(self, engine: Engine, project: str) -> None:
        self.engine = engine
        self.project = project
        self.traces = Traces(uuid.uuid4().int, start_ns=NOON_NS)
        self.trace_id = uuid.uuid4().bytes

    def span(self, parent: Any = None, **more: Any) -> Any:
        """Add a span that reports what `attributes` says."""
        span = self.traces.span("span", trace_id=self.trace_id, parent=parent)
        set_attributes(span, dict(more.get("attributes") or {}))
        return span

    def spans(self) -> Any:
        """Return what was added, in that order."""
        return self.traces.request.resource_spans[0].scope_spans[0].spans

    def store(self) -> None:
        """Store each span by itself, price the model, and settle."""
        store_together([self], [range(len(self.spans()))])

    def calls(self, *columns: str) -> list[tuple[Any, ...]]:
        """Return columns of the calls, in the order of their start."""
        rows = self.engine.client().query(
            f"SELECT {', '.join(columns)} FROM calls FINAL "  # noqa: S608 - columns of the test's own
            "WHERE project_id = {project:String} AND trace_id = {trace:String} ORDER BY start_time",
            parameters={"project": self.project, "trace": self.trace_id.hex()},
        )
        return [tuple(row) for row in rows.result_rows]

    def facts(self) -> TraceRow:
        """Return what the list of traces says of it."""
        rows = list_traces(self.engine, Scope(self.project)).rows
        (facts,) = (row for row in rows if row.trace_id == self.trace_id.hex())
        return facts


def store_spans(engine: Engine, project: str, spans: Sequence[Any]) -> None:
    """Store spans in one request."""
    some = Traces(0)
    some.request.resource_spans[0].scope_spans[0].spans.extend(spans)
    store(engine, project, some.body())


def store_together(traces: Sequence[Trace], orders: Sequence[Sequence[int]]) -> None:
    """Store one span of each trace after the other, each trace's in its own order; price the model, and settle."""
    engine, project = traces[0].engine, traces[0].project
    for places in zip(*orders, strict=True):
        store_spans(
            engine,
            project,
            [trace.spans()[place] for trace, place in zip(traces, places, strict=True)],
        )
    keys = unresolved_keys(engine, project, [NOON])
    store_prices(engine, project, [PriceRow(key, [PRICE], [PRICE]) for key in keys])
    settle_touched(engine, "touched_unresolved", project=project, hours=[NOON])


InEveryOrder = Callable[[Callable[[Trace], None]], list[Trace]]


@pytest.fixture
def trace(engine: Engine, project: str) -> Trace:
    """Return an empty trace in a project of its own."""
    return Trace(engine, project)


@pytest.fixture
def in_every_order(engine: Engine, project: str) -> InEveryOrder:
    """Return what makes a trace for every order in which its spans can come, and stores them so."""

    def made(fill: Callable[[Trace], None]) -> list[Trace]:
        def filled() -> Trace:
            trace = Trace(engine, project)
            fill(trace)
            return trace

        orders = list(itertools.permutations(range(len(filled().spans()))))
        traces = [filled() for _ in orders]
        store_together(traces, orders)
        return traces

    return made


def test_three_instrumentations_of_one_call_are_one_cost(in_every_order: InEveryOrder) -> None:
    """A root, an agent, a framework and a client: whatever comes first, the client's span counts once."""

    def fill(trace: Trace) -> None:
        root = trace.span()
        agent = trace.span(root, attributes=AGENT)
        framework = trace.span(agent, attributes=USAGE)
        trace.span(framework, attributes=USAGE)

    for trace in in_every_order(fill):
        assert trace.calls("now.rule", "now.counted", "now.cost_usd") == [
            ("repeated", False, COST),
            ("repeated", False, COST),
            ("innermost", True, COST),
        ]
        facts = trace.facts()
        assert (facts.cost_usd, facts.input_tokens, facts.model_calls) == (float(COST), 1000, 1)


def test_two_instrumentations_with_spans_between(in_every_order: InEveryOrder) -> None:
    """A span without usage between the two that report the call does not hide one from the other."""

    def fill(trace: Trace) -> None:
        framework = trace.span(attributes=USAGE)
        between = trace.span(framework)
        trace.span(between, attributes=USAGE)

    for trace in in_every_order(fill):
        assert trace.calls("now.rule") == [("repeated",), ("innermost",)]


def test_calls_that_go_round_in_a_circle_are_one(in_every_order: InEveryOrder) -> None:
    """Each is above another one by the parents that the sender made up: one counts, none would lose what was spent."""

    def fill(trace: Trace) -> None:
        first = trace.span(attributes=USAGE)
        second = trace.span(first, attributes=USAGE)
        third = trace.span(second, attributes=USAGE)
        first.parent_span_id = third.span_id

    for trace in in_every_order(fill):
        found = trace.calls("now.rule", "now.cost_usd")
        assert sorted(found) == [("innermost", COST), ("repeated", COST), ("repeated", COST)]
        facts = trace.facts()
        assert (facts.cost_usd, facts.input_tokens) == (float(COST), 1000)


def test_a_span_that_is_its_own_parent_counts(trace: Trace) -> None:
    """It reports its own call, whatever it says of what is above it."""
    span = trace.span(attributes=USAGE)
    span.parent_span_id = span.span_id
    trace.store()
    assert trace.calls("now.rule", "now.cost_usd") == [("only", COST)]


def test_an_agent_that_alone_reports_usage_counts(trace: Trace) -> None:
    """Usage is never lost because no client below was instrumented."""
    agent = trace.span(attributes=AGENT)
    trace.span(agent)
    trace.store()
    assert trace.calls("now.rule", "now.counted", "now.cost_usd", "operation") == [
        ("only", True, COST, "invoke_agent")
    ]


def test_what_an_agent_reports_beyond_its_calls_is_recorded(trace: Trace) -> None:
    """The calls below count; the tokens that they do not account for are kept on the agent's row."""
    agent = trace.span(attributes={**AGENT, "gen_ai.usage.input_tokens": 2500})
    trace.span(agent, attributes=USAGE)
    trace.span(agent, attributes={**USAGE, "gen_ai.usage.output_tokens": 0})
    trace.store()
    assert trace.calls("now.rule", "now.uncovered_tokens") == [
        ("repeated", 500),
        ("innermost", 0),
        ("innermost", 0),
    ]


def test_calls_side_by_side_that_name_one_response_are_one(trace: Trace) -> None:
    """Two instrumentations that do not see each other's span; what comes later, or names another, is another call."""
    root = trace.span()
    for response in ("r1", "r1", "r2", "", ""):
        span = trace.span(root, attributes={**USAGE, "gen_ai.response.id": response})
        span.end_time_unix_nano += 5 * 10**6
    trace.traces.now += MINUTE_NS
    trace.span(root, attributes={**USAGE, "gen_ai.response.id": "r1"})
    trace.store()
    rules = [rule for (rule,) in trace.calls("now.rule")]
    assert rules == ["same_response", "only", "only", "only", "only", "only"]


def test_a_gateways_cache_costs_nothing(trace: Trace) -> None:
    """A call that a gateway answered from its own cache is counted at no cost."""
    trace.span(attributes={**USAGE, "litellm.cache_hit": True})
    trace.store()
    assert trace.calls("now.price", "now.counted", "now.cost_usd", "now.list_cost_usd") == [
        ("response_cache", True, 0, COST)
    ]


def test_a_call_after_a_failed_one_is_a_retry(trace: Trace) -> None:
    """The attempt that failed is told as failed, the one beside it that came after as retried."""
    root = trace.span()
    first = trace.span(root, attributes=USAGE)
    first.status.code = Status.STATUS_CODE_ERROR
    trace.span(root, attributes=USAGE)
    other = trace.span(root)
    trace.span(other, attributes=USAGE)
    trace.store()
    assert trace.calls("failed", "retried") == [(True, False), (False, True), (False, False)]


def test_failed_calls_without_a_parent_have_nothing_to_do_with_each_other(
    engine: Engine, project: str
) -> None:
    """Traces that are settled together, each a failed call of its own, have the usage of one call each."""
    traces = Traces(3, start_ns=NOON_NS)
    for _ in range(3):
        span = traces.span("chat")
        span.status.code = Status.STATUS_CODE_ERROR
        set_attributes(span, USAGE)
    store(engine, project, traces.body())
    rows = list_traces(engine, Scope(project)).rows
    assert [(row.input_tokens, row.model_calls) for row in rows] == [(1000, 1)] * 3


def test_a_call_belongs_to_the_tenant_of_its_trace(trace: Trace) -> None:
    """A client's span knows no tenant: the trace's counts; one that says its own keeps it."""
    root = trace.span(attributes={"tenant.id": "acme", "session.id": "s", "feature.name": "chat"})
    trace.span(root, attributes=USAGE)
    trace.span(root, attributes={**USAGE, "tenant.id": "other"})
    trace.store()
    assert trace.calls("tenant_id", "session_id", "feature") == [
        ("acme", "s", "chat"),
        ("other", "s", "chat"),
    ]


def test_a_call_without_a_price_is_counted_and_adds_nothing(trace: Trace) -> None:
    """A trace of one priced and one unpriced call has the cost of the first and tells of the second."""
    root = trace.span()
    trace.span(root, attributes=USAGE)
    trace.store()
    trace.span(root, attributes={**USAGE, "gen_ai.request.model": "unheard-of"})
    store_spans(trace.engine, trace.project, trace.spans()[-1:])
    assert trace.calls("model", "now.price", "now.cost_usd") == [
        ("m", "list", COST),
        ("unheard-of", "unresolved", 0),
    ]
    (facts,) = list_traces(trace.engine, Scope(trace.project)).rows
    assert facts.cost_usd == float(COST)


def test_a_cost_that_only_the_span_knows_counts(trace: Trace) -> None:
    """Where no price is known, what the span itself reports is its cost; a price that is known goes before it."""
    root = trace.span()
    trace.span(root, attributes={**USAGE, "gen_ai.usage.cost": 0.5})
    trace.store()
    unknown = {**USAGE, "gen_ai.request.model": "unknown", "gen_ai.usage.cost": 0.25}
    trace.span(root, attributes=unknown)
    store_spans(trace.engine, trace.project, trace.spans()[-1:])
    keys = unresolved_keys(trace.engine, trace.project, [NOON])
    store_prices(trace.engine, trace.project, [PriceRow(key, [], []) for key in keys])
    settle_touched(trace.engine, "touched_unresolved", project=trace.project, hours=[NOON])
    assert trace.calls("now.price", "now.cost_usd", "reported_cost_usd") == [
        ("list", COST, Decimal("0.5")),
        ("reported", Decimal("0.25"), Decimal("0.25")),
    ]
