"""What the panel of evaluations is told of a trace."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from collector.counters import Counters
from storage import evaluations
from storage.control.access import Caller, Permission
from storage.control.control import Control
from storage.evaluations import Evaluation
from tests.callers import asking_as
from tests.world import World
from ui.app import create_ui

ANN = "ann@example.com"

pytestmark = pytest.mark.engine


@pytest.fixture
def client(world: World, control: Control) -> Iterator[TestClient]:
    """Return a client of the pages' data; who asks, the test says."""
    with TestClient(
        create_ui(world.engine, Counters(), control), base_url="http://test/ui/data/"
    ) as client:
        yield client


def annotator(world: World, *more: Permission) -> Caller:
    """Return a person who may read the project, and `more`."""
    grants = {world.scope.project: frozenset({Permission.READ, *more})}
    return Caller("person", "1", ANN, grants)


def ask(client: TestClient, world: World, path: str, **query: str) -> Any:
    """Return what an annotator of the project is told."""
    with asking_as(annotator(world, Permission.ANNOTATE)):
        answer = client.get(path, params={"project": world.scope.project, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def judge(world: World, **given: Any) -> None:
    """Write an evaluation."""
    usual = {"source": "human", "author": ANN}
    evaluations.write(world.engine, world.scope, [Evaluation(**{**usual, **given})])


def test_a_correction_stands_against_the_answer(client: TestClient, world: World) -> None:
    """The corrected answer of a trace is compared with what its model call said."""
    trace_id = world.ask(answer="It takes five days.")
    world.save()
    judge(world, name="correction", correction="It takes ten days.", trace_id=trace_id)

    (one,) = ask(client, world, f"evaluations/{trace_id}")["evaluations"]

    assert one["changes"] == [
        ["same", "It takes "],
        ["gone", "five"],
        ["new", "ten"],
        ["same", " days."],
    ]
    assert ask(client, world, f"answer/{trace_id}")["text"] == "It takes five days."


def test_one_s_own_are_told_from_others(client: TestClient, world: World) -> None:
    """Only what a person judged here can be changed; who sent the name from outside, or a model's, is somebody else."""
    trace_id = world.ask()
    world.save()
    judge(world, name="review", value=True, trace_id=trace_id, by_member=True)
    judge(world, name="forged", value=True, trace_id=trace_id)
    judge(world, name="review", value=False, trace_id=trace_id, author="bob", by_member=True)
    judge(world, name="review", value=0.5, trace_id=trace_id, source="model")

    found = ask(client, world, f"evaluations/{trace_id}")

    own = {(e["name"], e["source"], e["author"]): e["own"] for e in found["evaluations"]}
    assert own == {
        ("review", "human", ANN): True,
        ("forged", "human", ANN): False,
        ("review", "human", "bob"): False,
        ("review", "model", ANN): False,
    }
    assert (found["me"], found["may_annotate"], found["may_edit"]) == (ANN, True, False)


def test_a_viewer_is_not_offered_to_judge(client: TestClient, world: World) -> None:
    """Who may only look is told so, and sees everything."""
    trace_id = world.ask()
    world.save()
    judge(world, name="review", value=True, trace_id=trace_id)

    with asking_as(annotator(world)):
        found = client.get(f"evaluations/{trace_id}?project={world.scope.project}").json()

    assert found["may_annotate"] is False
    assert len(found["evaluations"]) == 1


def test_the_history_has_the_newest_first(client: TestClient, world: World) -> None:
    """Every version is there, the withdrawal too."""
    trace_id = world.ask()
    world.save()
    for value in (True, False):
        judge(world, name="review", value=value, trace_id=trace_id, id="r1")
    evaluations.retract(world.engine, world.scope, "r1")

    versions = ask(client, world, "evaluation-history", id="r1")["versions"]

    assert [(one["score"], one["is_retracted"]) for one in versions] == [
        (0.0, True),
        (0.0, False),
        (1.0, False),
    ]


def test_those_of_the_session_come_along(client: TestClient, world: World) -> None:
    """The panel of a trace shows what was said of its whole session."""
    trace_id = world.ask(root={"session.id": "s-1"})
    world.save()
    judge(world, name="resolved", value=True, session_id="s-1")

    found = ask(client, world, f"evaluations/{trace_id}", session="s-1")

    assert [one["name"] for one in found["session"]] == ["resolved"]


def test_names_are_offered_while_one_types_a_filter(client: TestClient, world: World) -> None:
    """A part of a name completes to its field, a category's operators are those of texts, and its labels are values."""
    trace_id = world.ask()
    world.save()
    judge(world, name="tone of voice", value="friendly", trace_id=trace_id)

    def offered(text: str) -> list[str]:
        query = {"text": text, "caret": str(len(text)), "range": "30d"}
        found = ask(client, world, "suggest", **query)
        return [candidate["text"] for candidate in found["candidates"]]

    field = 'evaluation["tone of voice"]'
    assert f"{field} " in offered("tone")
    assert "contains " in offered(f"{field} ")
    assert offered(f"{field} = ") == ['"friendly" ']


def test_rows_carry_their_scores(client: TestClient, world: World) -> None:
    """A row of the list has what its evaluations come to by name, in order of the one it is sorted by."""
    ids = [world.ask(at_s=i) for i in range(3)]
    world.save()
    for trace_id, value in zip(ids, (0.5, 0.9, 0.1), strict=True):
        judge(world, name="grounded", value=value, trace_id=trace_id)

    query = {"from": "2025-06-01T00:00:00Z", "sort": "evaluation.grounded"}
    found = ask(client, world, "traces", **query)["rows"]

    assert [row["evaluations"]["grounded"]["score"] for row in found] == [0.1, 0.5, 0.9]
