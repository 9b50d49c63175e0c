"""Spans that nobody should send: none breaks the insert, none is lost."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from storage.client import Engine
from tests.samples import Traces, set_attributes
from tests.storage.landed import land, land_span, spans, total

SECOND_NS = 10**9
DAY_NS = 86400 * SECOND_NS


def land_times(engine: Engine, project: str, start_ns: int, end_ns: int) -> dict[str, Any]:
    """Land one span with these times."""
    traces = Traces()
    span = traces.span("clock")
    span.start_time_unix_nano, span.end_time_unix_nano = start_ns, end_ns
    land(engine, project, traces.body())
    return spans(engine, project)["clock"]


# (what is named, start and end in ns): a function of now, for a suite may run long after it was collected.
IMPOSSIBLE_TIMES: dict[str, Callable[[int], tuple[str, int, int]]] = {
    "missing": lambda _now: ("missing", 0, 0),
    "seconds": lambda now: ("unit", now // SECOND_NS, now // SECOND_NS + 1),
    "years ago": lambda now: ("past", now - 2000 * DAY_NS, now),
    "in two days": lambda now: ("future", now + 2 * DAY_NS, now + 2 * DAY_NS),
    "the last of all": lambda _now: ("future", 2**64 - 1, 2**64 - 1),
    "ends before it starts": lambda now: ("negative", now, now - SECOND_NS),
    "never ends": lambda now: ("negative", now, 0),
    "ends in two days": lambda now: ("future_end", now, now + 2 * DAY_NS),
}


@pytest.mark.parametrize("case", IMPOSSIBLE_TIMES)
def test_impossible_times(engine: Engine, project: str, case: str) -> None:
    """A clock that cannot be right is named, what it said is kept, and the span lands near now without duration."""
    issue, start, end = IMPOSSIBLE_TIMES[case](time.time_ns())
    row = land_times(engine, project, start, end)
    assert row["time_issue"] == issue
    assert row["duration_ns"] == 0
    assert abs(row["start_time"].timestamp() - time.time()) < 300
    assert row["attributes_int"]["groundwire.start_time_unix_nano"] == min(start, 2**63 - 1)
    assert row["attributes_int"]["groundwire.end_time_unix_nano"] == min(end, 2**63 - 1)


def test_last_year_is_fine(engine: Engine, project: str) -> None:
    """Old spans keep their time: histories are imported."""
    start = time.time_ns() - 400 * DAY_NS
    row = land_times(engine, project, start, start + 5)
    assert row["time_issue"] == ""
    assert row["duration_ns"] == 5
    assert int(row["start_time"].timestamp()) == start // SECOND_NS


def test_last_of_equal_keys_wins(engine: Engine, project: str) -> None:
    """An attribute that is sent twice counts as sent last."""
    traces = Traces()
    span = traces.span("twice")
    set_attributes(span, {"user.id": "first", "gen_ai.usage.input_tokens": 1})
    set_attributes(span, {"user.id": "last", "gen_ai.usage.input_tokens": 2})
    land(engine, project, traces.body())
    row = spans(engine, project)["twice"]
    assert (row["user_id"], row["input_tokens"]) == ("last", 2)


def test_attribute_without_a_value_is_kept(engine: Engine, project: str) -> None:
    """A key alone is an attribute too."""
    traces = Traces()
    traces.span("bare").attributes.add(key="nothing")
    land(engine, project, traces.body())
    assert spans(engine, project)["bare"]["attributes_string"] == {"nothing": ""}


def test_resource_never_overrides_the_span(engine: Engine, project: str) -> None:
    """A field of the resource counts where the span has none."""
    traces = Traces(service="from resource")
    set_attributes(
        traces.request.resource_spans[0].resource,
        {"tenant.id": "from resource", "user.id": "nobody"},
    )
    set_attributes(traces.span("own"), {"tenant.id": "own", "service.name": "own"})
    traces.span("none")
    land(engine, project, traces.body())
    rows = spans(engine, project)
    assert (rows["own"]["tenant_id"], rows["own"]["service_name"]) == ("own", "own")
    assert (rows["none"]["tenant_id"], rows["none"]["service_name"]) == (
        "from resource",
        "from resource",
    )
    assert rows["none"]["user_id"] == ""  # who uses an app is no fact of a host
    assert rows["own"]["resource_attributes"]["service.name"] == "from resource"


@pytest.mark.parametrize(("kind", "status"), [(0, 0), (9, 7), (-1, -3), (2**31 - 1, 3)])
def test_unknown_kinds_and_statuses(engine: Engine, project: str, kind: int, status: int) -> None:
    """Numbers that OTLP does not know read as internal and unset."""
    traces = Traces()
    span = traces.span("odd")
    span.kind, span.status.code = kind, status
    land(engine, project, traces.body())
    row = spans(engine, project)["odd"]
    assert (row["kind"], row["status"]) == ("internal", "unset")


def test_many_attributes(engine: Engine, project: str) -> None:
    """Tens of thousands of attributes of a span are kept, and the canonical one among them is found."""
    many: dict[str, Any] = {f"key.{i}": i for i in range(30_000)}
    row = land_span(engine, project, {**many, "user.id": "found"})
    assert row["user_id"] == "found"
    assert len(row["attributes_int"]) == 30_000


def test_many_spans_in_a_request(engine: Engine, project: str) -> None:
    """Twenty thousand spans in one request all land, in one entry of the ledger."""
    traces = Traces(1)
    for i in range(20_000):
        traces.span(f"span {i % 7}")
    land(engine, project, traces.body(), accepted=20_000)
    assert total(engine, "spans", project) == 20_000
    assert total(engine, "ledger", project, "stored") == 20_000
    stored = engine.client().query(
        "SELECT count() FROM ledger WHERE project_id = %(p)s AND stored > 0",
        parameters={"p": project},
    )
    assert stored.result_rows == [(1,)]


def test_twenty_years_in_one_segment(engine: Engine, project: str) -> None:
    """Spans of more months than the engine writes at once land; years ago counts as a wrong clock."""
    traces = Traces(1)
    for month in range(240):
        traces.span(f"month {month}", start_ns=time.time_ns() - month * 30 * DAY_NS)
    land(engine, project, traces.body(), accepted=240)
    assert total(engine, "spans", project) == 240
    rows = spans(engine, project)
    assert (rows["month 48"]["time_issue"], rows["month 200"]["time_issue"]) == ("", "past")


def test_failed_span_says_why(engine: Engine, project: str) -> None:
    """Errors come from attributes, then the exception event, then the status."""
    traces = Traces()
    plain, http, raised = (traces.span(name) for name in ("plain", "http", "raised"))
    for span in (plain, http, raised):
        span.status.code = 2
    plain.status.message = "it broke"
    set_attributes(http, {"http.response.status_code": 503})
    event = raised.events.add(name="exception", time_unix_nano=1)
    set_attributes(event, {"exception.type": "ValueError", "exception.message": "bad"})
    land(engine, project, traces.body())
    rows = spans(engine, project)
    assert [(rows[n]["error_type"], rows[n]["error_message"]) for n in ("plain", "http", "raised")] == [
        ("_OTHER", "it broke"), ("503", ""), ("ValueError", "bad"),
    ]  # fmt: skip


def test_events_and_links(engine: Engine, project: str) -> None:
    """Events and links keep their attributes whatever the type, as text."""
    traces = Traces()
    span = traces.span("busy")
    event = span.events.add(name="e", time_unix_nano=2**64 - 1)
    set_attributes(event, {"s": "x", "i": 1, "d": 0.5, "b": False})
    event.attributes.add(key="none")
    link = span.links.add(trace_id=b"\1" * 16, span_id=b"\2" * 8, trace_state="a=b")
    set_attributes(link, {"k": "v"})
    land(engine, project, traces.body())
    row = spans(engine, project)["busy"]
    assert row["events"][0]["attributes"] == {
        "s": "x",
        "i": "1",
        "d": "0.5",
        "b": "false",
        "none": "",
    }
    assert row["links"] == [
        {"trace_id": "01" * 16, "span_id": "02" * 8, "trace_state": "a=b", "attributes": {"k": "v"}}
    ]


def test_parent_of_zeros_is_no_parent(engine: Engine, project: str) -> None:
    """Some senders write a root's parent as eight zero bytes: the span is a root all the same."""
    traces = Traces()
    traces.span("root").parent_span_id = bytes(8)
    land(engine, project, traces.body())

    assert spans(engine, project)["root"]["parent_span_id"] == ""
