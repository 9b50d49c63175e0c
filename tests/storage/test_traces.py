"""Lists of traces, their pages and their figures."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import traces
from storage.client import Engine
from storage.errors import BadInput
from storage.scope import Scope
from storage.window import Window, from_unix_nano
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine
NOON = from_unix_nano(NOON_NS)


def listed(world: World, **question: object) -> list[str]:
    """Return the ids of the first page."""
    page = traces.list_traces(world.engine, world.scope, **question)  # type: ignore[arg-type]
    return [row.trace_id for row in page.rows]


def test_a_row_says_what_the_trace_was_about(world: World) -> None:
    """A row has the trace's facts and the texts that went in and came out, cut to 300 characters."""
    trace_id = world.ask("why? " * 200, "because", root={"session.id": "s1", "tenant.id": "acme"})
    world.save()
    (row,) = traces.list_traces(world.engine, world.scope).rows
    assert (row.trace_id, row.name, row.session_id, row.tenant_id) == (
        trace_id,
        "POST /chat",
        "s1",
        "acme",
    )
    assert (row.span_count, row.model_calls, row.total_tokens) == (2, 1, 120)
    assert row.models == ["gpt-4o"]
    assert row.input == ("why? " * 200)[:300]
    assert row.output == "because"
    assert row.start_time_unix_nano == NOON_NS
    assert row.start_time == datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "sort", ["start_time", "-start_time", "duration", "-cost", "tokens", "-errors", "-spans"]
)
def test_pages_join_without_gaps_or_repeats(world: World, sort: str) -> None:
    """Walking the pages gives every trace once, ties included, and no cursor at the end."""
    # Over three weeks, several at the same instant.
    expected = {
        world.ask(f"q{i}", at_s=-3600 * (i % 7) ** 4, duration_ns=10**9 * (1 + i % 3))
        for i in range(40)
    }
    world.save()
    seen, cursor, pages = [], "", 0
    while True:
        page = traces.list_traces(world.engine, world.scope, sort=sort, limit=7, cursor=cursor)
        seen += page.rows
        pages += 1
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert pages == 6
    assert len(seen) == 40
    assert {row.trace_id for row in seen} == expected
    places = [
        (row.start_time_unix_nano if "time" in sort else row.duration_ns if "dur" in sort else 0)
        for row in seen
    ]
    assert places == sorted(places, reverse=sort.startswith("-"))


def test_pages_stay_while_new_traces_arrive(world: World) -> None:
    """A trace that arrives between two pages neither repeats nor hides an older one."""
    old = [world.ask(at_s=-i) for i in range(6)]
    world.save()
    first = traces.list_traces(world.engine, world.scope, limit=3)
    world.ask(at_s=10)
    world.save()
    second = traces.list_traces(world.engine, world.scope, limit=3, cursor=first.next_cursor or "")
    assert [row.trace_id for row in first.rows + second.rows] == old


def test_a_window_is_half_open(world: World) -> None:
    """A trace that starts with the window is in it, one that starts with its end is not."""
    at_start = world.ask(at_s=0)
    world.ask(at_s=60)
    world.save()
    assert listed(world, window=Window(NOON, NOON + timedelta(minutes=1))) == [at_start]
    assert (
        listed(world, window=Window(NOON + timedelta(hours=1), NOON + timedelta(days=9999))) == []
    )
    everything = Window(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
    assert len(listed(world, window=everything)) == 2


def test_a_trace_is_listed_once_however_often_it_was_settled(world: World) -> None:
    """A late span makes new facts, which replace the old, even when the trace's start moves to another hour."""
    root = world.traces.span("job", start_ns=NOON_NS)
    trace_id = root.trace_id
    world.save()
    world.traces.span("early", trace_id=trace_id, start_ns=NOON_NS - 2 * 3600 * 10**9)
    world.save()
    (row,) = traces.list_traces(world.engine, world.scope).rows
    assert row.span_count == 2
    assert row.start_time == NOON - timedelta(hours=2)
    assert traces.count_traces(world.engine, world.scope) == 1


def test_projects_see_nothing_of_each_other(engine: Engine, world: World) -> None:
    """Whatever is asked with whatever ids, another project's traces do not appear."""
    trace_id = world.ask("secretword", root={"session.id": "s-secret"})
    world.save()
    stranger = World(engine, f"{world.scope.project}-other")
    stranger.ask("mine")
    stranger.save()
    cursor = traces.list_traces(engine, world.scope, limit=1).next_cursor or ""
    for question in (
        {"q": "secretword"}, {"q": trace_id}, {"q": "s-secret"}, {"filter": f"trace_id = {trace_id}"},
        {"filter": "kind = server and session_id = s-secret"}, {"cursor": cursor}, {"sort": "-cost"},
        {"filter": f"session_id = '{world.scope.project}' or name ~ '.*'"},
    ):  # fmt: skip
        assert trace_id not in listed(stranger, **question)
    # A project's name is a value, however it is written.
    assert listed(World(engine, f"x' OR project_id = '{world.scope.project}")) == []


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        ({"limit": 0}, "1 to 1000"),
        ({"limit": 1001}, "1 to 1000"),
        ({"sort": "name"}, "sort by start_time"),
        ({"cursor": "zzz"}, "next_cursor"),
    ],
)
def test_wrong_questions_say_what_to_mend(
    world: World, question: dict[str, object], hint: str
) -> None:
    """Limits, orders and cursors are checked."""
    with pytest.raises(BadInput) as raised:
        listed(world, **question)
    assert hint in raised.value.hint


def test_a_cursor_belongs_to_its_order(world: World) -> None:
    """Changing the order with a cursor in hand is refused, not answered wrongly."""
    for i in range(3):
        world.ask(at_s=i)
    world.save()
    cursor = traces.list_traces(world.engine, world.scope, limit=1).next_cursor
    with pytest.raises(BadInput, match="belongs to the order"):
        listed(world, sort="-cost", cursor=cursor)


def test_a_histogram_has_every_step(world: World) -> None:
    """Steps are equal, empty ones are there, and their figures add up."""
    for i in range(4):
        world.ask(at_s=i * 30, duration_ns=(i + 1) * 10**9)
    failed = world.traces.span("broken", start_ns=NOON_NS + 100 * 10**9)
    failed.status.code = 2
    world.save()
    window = Window(NOON, NOON + timedelta(minutes=4))
    found = traces.histogram(world.engine, world.scope, window=window, buckets=4)
    assert [b.traces for b in found] == [2, 3, 0, 0]
    assert [b.errors for b in found] == [0, 1, 0, 0]
    assert [b.tokens for b in found] == [240, 240, 0, 0]
    assert [b.start for b in found] == [NOON + timedelta(minutes=i) for i in range(4)]
    assert found[0].duration_p95_s == pytest.approx(2, abs=0.2)
    assert found[2].duration_p50_s is None
    assert [
        b.traces
        for b in traces.histogram(
            world.engine, world.scope, window=window, buckets=2, filter="error"
        )
    ] == [1, 0]


def test_counting_stops_at_the_cap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A count tells how many there are, up to the cap."""
    for i in range(5):
        world.ask(at_s=i)
    world.save()
    assert traces.count_traces(world.engine, world.scope) == 5
    assert traces.count_traces(world.engine, world.scope, filter="error") == 0
    monkeypatch.setattr(traces, "COUNT_CAP", 3)
    assert traces.count_traces(world.engine, world.scope) == 3


def test_an_empty_project_answers_empty(engine: Engine) -> None:
    """Nothing stored, nothing listed; a wrong filter is still a mistake."""
    scope = Scope("nobody")
    assert traces.list_traces(engine, scope).rows == []
    assert traces.count_traces(engine, scope) == 0
    with pytest.raises(BadInput):
        traces.list_traces(engine, scope, filter="nonsense = 1")
