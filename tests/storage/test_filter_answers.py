"""What filters find in stored traces and spans."""

import pytest

from storage import filters, spans, traces
from storage.client import Engine
from storage.errors import BadInput
from storage.fields import fields
from storage.query import MARKER, ask, load
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def world(engine: Engine) -> World:
    """Return a project that all questions of this file are asked of."""
    return World(engine, "filter-answers")


@pytest.fixture(scope="module")
def shop(world: World) -> dict[str, str]:
    """Store three traces; return their names by id."""
    plain = world.ask(root={"user.id": "ann", "http.status": 200})
    dear = world.ask(
        "buy", at_s=1, duration_ns=9 * 10**9, root={"user.id": "bob", "http.status": 503, "flag": True, "rate": 0.5},
        call={"gen_ai.request.model": "o3", "gen_ai.usage.cost": 0.25, "gen_ai.usage.input_tokens": 50_000},
    )  # fmt: skip
    root = world.traces.span("POST /search", start_ns=NOON_NS + 2 * 10**9, url__path="/search")
    tool = world.traces.span(
        "execute_tool find",
        parent=root,
        start_ns=NOON_NS + 2 * 10**9,
        gen_ai__operation__name="execute_tool",
        gen_ai__tool__name="find",
        error__type="Timeout",
    )
    tool.status.code = 2
    tool.status.message = "upstream timed out"
    world.save()
    world.find_no_prices()
    return {plain: "plain", dear: "dear", root.trace_id.hex(): "tool"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model = o3", {"dear"}),
        ("model != o3", {"plain", "tool"}),
        ("model in (o3, 'gpt-4o')", {"plain", "dear"}),
        ("model ~ '^gpt'", {"plain"}),
        ("model exists", {"plain", "dear"}),
        ("not model exists", {"tool"}),
        ("duration > 5s", {"dear"}),
        ("duration > 5s or tool = find", {"dear", "tool"}),
        ("tokens >= 50k and cost > 0.1", {"dear"}),
        ("cost exists", {"dear"}),
        ("not cost > 0.1", {"plain", "tool"}),
        ("user = ann", {"plain"}),
        ("user contains B", {"dear"}),
        ("error_count > 0", {"tool"}),
        ("error", set()),
        ("error_message contains 'TIMED'", {"tool"}),
        ("error_type = Timeout", {"tool"}),
        ("span_count = 2 and operation = chat", {"plain", "dear"}),
        ('attr["http.status"] >= 500', {"dear"}),
        ('attr["http.status"] = 200', {"plain"}),
        ('attr["http.status"] in (200, 503)', {"plain", "dear"}),
        ('attr["http.status"] exists', {"plain", "dear"}),
        ('attr["flag"]', {"dear"}),
        ('attr["flag"] = false', set()),
        ('attr["rate"] < 0.6', {"dear"}),
        ('attr["url.path"] = "/search"', {"tool"}),
        ('attr["url.path"] != "/search"', {"plain", "dear"}),
        ('resource["service.name"] = shop', {"plain", "dear", "tool"}),
        ('resource["service.name"] = other', set()),
        ("start_time >= 2025-06-01T12:00:01Z", {"dear", "tool"}),
        ("kind = internal and not (model = o3 or tool exists)", {"plain"}),
        ("name = 'POST /search'", {"tool"}),
        ("request_model = o3", {"dear"}),
        ("span_id exists and parent_span_id exists", {"plain", "dear", "tool"}),
        ("ttft > 1 or queue > 1s or guardrail_trip exists or cache_hit or fallback", set()),
    ],
)
def test_filters_find_traces(
    world: World, shop: dict[str, str], text: str, expected: set[str]
) -> None:
    """Each way of comparing finds the traces that it should and no others."""
    found = traces.list_traces(world.engine, world.scope, filter=text).rows
    assert {shop[row.trace_id] for row in found} == expected
    assert traces.count_traces(world.engine, world.scope, filter=text) == len(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("operation = execute_tool", ["execute_tool find"]),
        ("error and tool = find", ["execute_tool find"]),
        ("cost > 0.1", ["chat gpt-4o"]),
        ("model = o3 and total_tokens > 10k", ["chat gpt-4o"]),
        ('attr["http.status"] = 503', ["POST /chat"]),
        ("services = shop and name = 'POST /search'", ["POST /search"]),
    ],
)
def test_filters_find_spans(
    world: World, shop: dict[str, str], text: str, expected: list[str]
) -> None:
    """On spans a comparison is about the span itself."""
    assert shop
    assert [
        row.name for row in spans.list_spans(world.engine, world.scope, filter=text).rows
    ] == expected


@pytest.mark.parametrize("target", ["trace", "span"])
@pytest.mark.parametrize("name", list(fields()))
def test_every_field_can_be_asked(engine: Engine, name: str, target: str) -> None:
    """The example of every field is understood by filter and engine."""
    field = fields()[name]
    if target == "span" and field.span is None and field.call is None:
        pytest.skip("about whole traces")
    found = filters.predicate(field.example, target)  # type: ignore[arg-type]
    page = load("traces/page" if target == "trace" else "spans/page")
    text = page.text.replace(MARKER, f"AND ({found.sql})")
    values = {"project": "x", "start_ns": 0, "end_ns": NOON_NS, "reach_ns": NOON_NS, "sort": "by_duration",
              "direction": 1, "after": 0, "after_id": "", "after_span": "", "limit": 1}  # fmt: skip
    assert ask(engine, "x", f"EXPLAIN {text}", values | dict(found.values)).result_rows


def test_every_column_can_be_filtered(engine: Engine) -> None:
    """Each scalar column of spans and each fact of traces is read by some field."""
    of_spans = " ".join(f.span.sql for f in fields().values() if f.span)
    of_traces = " ".join(f.trace.sql for f in fields().values() if f.trace)
    internal = {"project_id", "start_minute", "start_hour", "received_at", "segment", "flags", "settled_at",
                "is_deleted", "end_time", "input", "output", "dropped_attributes_count", "dropped_events_count",
                "dropped_links_count"}  # fmt: skip
    for table, known in (("spans", of_spans), ("traces", of_traces)):
        for name, kind, *_ in engine.client().query(f"DESCRIBE {table}").result_rows:
            if name not in internal and (
                table == "traces" or "(" not in kind or kind.startswith(("Low", "Null", "Date"))
            ):
                assert name in known.replace("(", " ").replace(",", " ").split(), f"{table}.{name}"


def test_a_regular_expression_that_is_none_is_the_callers_mistake(
    world: World, shop: dict[str, str]
) -> None:
    """The engine's refusal of a pattern becomes BadInput."""
    assert shop
    with pytest.raises(BadInput, match="regular expression"):
        traces.list_traces(world.engine, world.scope, filter="name ~ '('")


def test_attribute_look_ups_skip_by_index(world: World) -> None:
    """An attribute is looked for by the bloom filters of keys and values."""
    found = filters.predicate('attr["order.id"] = "7"', "span")
    rows = ask(
        world.engine, "x",
        "EXPLAIN indexes = 1 SELECT span_id FROM spans WHERE project_id = {p:String} AND " + found.sql,  # noqa: S608
        {"p": world.scope.project, **found.values},
    ).result_rows  # fmt: skip
    plan = "\n".join(row[0] for row in rows)
    assert "by_attribute_key" in plan
    assert "by_attribute_value" in plan
