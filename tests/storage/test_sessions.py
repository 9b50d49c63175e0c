"""Sessions as a list and turn by turn; suggestions; projects and the account."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import projects, sessions, suggestions
from storage.errors import BadInput
from storage.loading import carried_over
from storage.window import Window, from_unix_nano
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine
NOON = from_unix_nano(NOON_NS)
ALWAYS = Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def talk(world: World) -> World:
    """Store two sessions of two and one turns, and a trace without any."""
    world.ask("first?", "one", root={"session.id": "long/er", "user.id": "ann"})
    world.ask(
        "second? " * 100,
        "two",
        at_s=60,
        root={"session.id": "long/er"},
        call={"gen_ai.usage.cost": 0.5},
    )
    world.ask("other", "three", at_s=30, root={"session.id": "short", "tenant.id": "acme"})
    world.ask("alone", at_s=90)
    world.save()
    world.find_no_prices()
    return world


def test_sessions_come_latest_first(talk: World) -> None:
    """A session's figures are the sums over its traces."""
    found = sessions.list_sessions(talk.engine, talk.scope).rows
    assert [(s.session_id, s.traces, s.total_tokens, s.cost_usd) for s in found] == [
        ("long/er", 2, 240, 0.5),
        ("short", 1, 120, None),
    ]
    assert (found[0].user_id, found[1].tenant_id) == ("ann", "acme")
    assert (found[0].first_time, found[0].last_time) == (NOON, NOON + timedelta(minutes=1))


def test_sessions_are_found_by_what_one_trace_has(talk: World) -> None:
    """A filter or search that fits one trace lists its session with all its figures."""
    for question in (
        {"filter": "user = ann"},
        {"q": "first"},
        {"filter": "kind = server or user = ann"},
    ):
        found = sessions.list_sessions(talk.engine, talk.scope, **question).rows  # type: ignore[arg-type]
        assert [(s.session_id, s.traces) for s in found] == [("long/er", 2)]


def test_sessions_have_pages(talk: World) -> None:
    """The second page goes on where the first ended."""
    first = sessions.list_sessions(talk.engine, talk.scope, limit=1)
    second = sessions.list_sessions(
        talk.engine, talk.scope, limit=1, cursor=first.next_cursor or ""
    )
    assert [s.session_id for s in first.rows + second.rows] == ["long/er", "short"]
    assert second.next_cursor is None


def test_turns_come_in_order_with_full_texts(talk: World) -> None:
    """A conversation reads from its start, and nothing is cut."""
    first = sessions.session_turns(talk.engine, talk.scope, "long/er", limit=1)
    second = sessions.session_turns(
        talk.engine, talk.scope, "long/er", limit=1, cursor=first.next_cursor or ""
    )
    turns = first.rows + second.rows
    assert [(t.input, t.output) for t in turns] == [("first?", "one"), ("second? " * 100, "two")]
    assert turns[1].time == NOON + timedelta(minutes=1)
    assert sessions.session_turns(talk.engine, talk.scope, "nobody").rows == []


def test_values_of_fields_are_suggested(talk: World) -> None:
    """The commonest values come first, by prefix whatever the case; figures have none."""

    def values(field: str, prefix: str = "") -> list[tuple[str, int]]:
        return suggestions.values(talk.engine, talk.scope, field, prefix=prefix, window=ALWAYS)

    assert values("session_id") == [("long/er", 2), ("short", 1)]
    assert values("session", "SH") == [("short", 1)]
    assert values("model") == [("gpt-4o", 4)]
    assert values("request_model") == [("gpt-4o", 4)]
    assert values('attr["gen_ai.usage.input_tokens"]') == [("100", 4)]
    assert values('resource["service.name"]') == [("shop", 8)]
    assert values("duration") == values("error") == []
    with pytest.raises(BadInput, match="no field"):
        values("nonsense")
    with pytest.raises(BadInput):
        values("a = 1 or b")
    assert "session.id" in suggestions.attribute_keys(
        talk.engine, talk.scope, prefix="SESS", window=ALWAYS
    )


def test_fields_are_documented() -> None:
    """Every field says what it is and how to use it."""
    found = suggestions.fields()
    assert [f.name for f in found] == sorted(f.name for f in found)
    assert all(f.doc and f.example and (f.of_trace or f.of_span) for f in found)


def test_the_account_is_by_project_and_signal(talk: World) -> None:
    """What was stored stands in the ledger; the project is known from then on."""
    (found,) = (
        row for row in carried_over(talk.engine, without=[]) if row.project == talk.scope.project
    )
    assert (found.signal, found.accepted, found.stored) == ("traces", 8, 8)
    known = projects.list_projects(talk.engine)
    assert talk.scope.project in known
    assert "default" in known
