"""Every cause of failure, through stored spans."""

from datetime import timedelta

import pytest

from analytics.failures.rules import CAUSES, RULES
from storage import failures
from storage.client import Engine
from storage.failures import FailedTrace
from storage.scope import Scope
from storage.window import Window, from_unix_nano
from tests.analytics.failures.scenes import SCENES, play
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

WINDOW = Window(from_unix_nano(NOON_NS), from_unix_nano(NOON_NS) + timedelta(hours=1))
PROJECT = "failed-scenes"


@pytest.fixture(scope="module")
def ids(engine: Engine) -> dict[str, str]:
    """Return the trace of each scene."""
    return play(World(engine, PROJECT))


@pytest.fixture(scope="module")
def found(engine: Engine, ids: dict[str, str]) -> dict[str, FailedTrace]:
    """Return the traces that failed, by id."""
    assert ids
    rows: dict[str, FailedTrace] = {}
    for cause in CAUSES:
        page = failures.traces_of(engine, Scope(PROJECT), WINDOW, RULES, cause.name, limit=1000)
        assert all(row.causes[0].cause == cause.name for row in page.rows)
        rows |= {row.trace_id: row for row in page.rows}
    return rows


@pytest.mark.parametrize("scene", SCENES)
def test_each_trace_has_its_cause(
    ids: dict[str, str], found: dict[str, FailedTrace], scene: str
) -> None:
    """What goes wrong is the cause of the trace, with a reason; where nothing does, it has not failed."""
    wanted, _ = SCENES[scene]
    row = found.get(ids[scene])
    assert (row.causes[0].cause if row else "") == wanted
    if row:
        assert row.causes[0].reason
        assert row.causes[0].field


def test_every_cause_has_a_scene() -> None:
    """No rule is without a test."""
    assert {wanted for wanted, _ in SCENES.values()} - {""} == {cause.name for cause in CAUSES}


def test_ordinary_answers_have_not_failed(
    ids: dict[str, str], found: dict[str, FailedTrace]
) -> None:
    """Of the hundred answers beside the scenes, none is said to have failed."""
    expected = {ids[name] for name, (cause, _) in SCENES.items() if cause}
    assert set(found) == expected


def test_evidence_names_the_span_and_no_text(
    engine: Engine, ids: dict[str, str], found: dict[str, FailedTrace]
) -> None:
    """The evidence points at a span of the trace, and repeats nothing that users or models wrote."""
    tool = found[ids["a failing tool"]].causes[0]
    rows = engine.client().query(
        "SELECT tool_name FROM spans WHERE project_id = {p:String} AND span_id = {s:String}",
        parameters={"p": PROJECT, "s": tool.span_id},
    )
    assert rows.result_rows == [("get_order",)]
    assert tool.reason == "get_order: BackendUnavailable"
    reasons = " ".join(c.reason for row in found.values() for c in row.causes)
    assert "maximum context" not in reasons
    assert "thirty days" not in reasons


def test_what_else_went_wrong_is_a_tag(engine: Engine, world: World) -> None:
    """The first rule decides; the others of the same trace are found as tags."""
    call = {"gen_ai.response.finish_reasons": '["length"]', "gen_ai.output.type": "json"}
    trace_id = world.ask("Where is it?", '{"state": "ship', call=call)
    world.save()
    pages = [
        failures.traces_of(engine, world.scope, WINDOW, RULES, "invalid_json", with_tags=tagged)
        for tagged in (False, True)
    ]
    assert [len(page.rows) for page in pages] == [0, 1]
    row = pages[1].rows[0]
    assert row.trace_id == trace_id
    assert [c.cause for c in row.causes] == ["truncated", "invalid_json"]


def test_texts_that_are_not_kept_are_not_judged(engine: Engine, world: World) -> None:
    """Where only hashes are kept, no answer is said to be empty, short or in another language."""
    world.ask("How do I return it?", "")
    world.save()
    engine.client().command(
        "DELETE FROM contents WHERE project_id = {p:String}",
        parameters={"p": world.scope.project},
        settings={"mutations_sync": 1},
    )
    rows = failures.ranking(engine, world.scope, WINDOW, RULES)
    assert [(row.cause, row.traces) for row in rows] == [("", 1)]


def test_pages_go_on_where_the_last_one_ended(engine: Engine, world: World) -> None:
    """Each trace of a cause is on one page, the newest first."""
    call = {"gen_ai.response.finish_reasons": '["length"]'}
    ids = [world.ask(at_s=second, call=call) for second in (0, 0, 0, 60, 120)]
    world.save()
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = failures.traces_of(
            engine, world.scope, WINDOW, RULES, "truncated", limit=2, cursor=cursor
        )
        seen += [row.trace_id for row in page.rows]
        cursor = page.next_cursor  # type: ignore[assignment]
    assert sorted(seen) == sorted(ids)
    assert seen[:2] == [ids[4], ids[3]]
