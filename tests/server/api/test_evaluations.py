"""Evaluations over the API: who may give, read and retract which."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from fastapi.testclient import TestClient

from collector.counters import Counters
from server.api import create_api
from storage.control.access import LOCAL, Caller, Permission
from storage.control.control import Control
from storage.evaluations import MAX_BATCH
from tests.callers import asking_as
from tests.world import World

pytestmark = pytest.mark.engine


@pytest.fixture
def client(world: World, control: Control) -> Iterator[TestClient]:
    """Return a client that asks about the test's project, as nobody yet."""
    app = create_api(world.engine, Counters(), control)
    headers = {"x-groundwire-project": world.scope.project}
    with TestClient(
        app, base_url="http://test/api/v1", headers=headers, raise_server_exceptions=False
    ) as client:
        yield client


def who(
    world: World, *permissions: Permission, kind: Any = "key", name: str = "me", trace_id: str = ""
) -> Caller:
    """Return a caller who may do just this in the test's project."""
    grants = {world.scope.project: frozenset(permissions)}
    return Caller(kind, "1", name, grants, trace_id=trace_id)


def give(client: TestClient, caller: Caller, *items: dict[str, Any], **usual: Any) -> Any:
    """Send evaluations as somebody."""
    with asking_as(caller):
        return client.post(
            "evaluations", json={"evaluations": [{**usual, **item} for item in items]}
        )


def read(client: TestClient, **params: Any) -> Sequence[dict[str, Any]]:
    """Return evaluations as whoever is on this machine sees them."""
    with asking_as(LOCAL):
        answer = client.get("evaluations", params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["evaluations"])


def refused(answer: Any, status: int, said: str) -> None:
    """Check that an answer is an error with these words."""
    assert answer.status_code == status, answer.text
    assert said in answer.json()["error"]["message"]


ONE = {"name": "ok", "value": True, "trace_id": "aa"}


def test_a_batch_is_taken_and_read_back(client: TestClient, world: World) -> None:
    """What is given is in the list, on the trace and in its row, with times and metadata."""
    trace_id = world.ask()
    world.save()
    ingest = who(world, Permission.INGEST)
    answer = give(
        client,
        ingest,
        {"name": "grounded", "value": 0.5, "explanation": "so so", "metadata": {"run": 7}, "id": "g1"},
        {"name": "tone", "value": "warm", "source": "model", "author": "judge", "time": "2025-06-01T12:00:00Z"},
        trace_id=trace_id,
    )  # fmt: skip
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 2
    assert answer.json()["ids"][0] == "g1"
    by_name = {e["name"]: e for e in read(client)}
    assert by_name["grounded"]["metadata"] == {"run": 7}
    assert by_name["grounded"]["source"] == "code"
    assert by_name["tone"]["time"] == "2025-06-01T12:00:00.000000000Z"
    with asking_as(LOCAL):
        trace = client.get(f"traces/{trace_id}").json()
        listed = client.get("traces").json()["traces"][0]
        recent = client.get("fields").json()["evaluations"]
    assert {e["name"] for e in trace["evaluations"]} == {"grounded", "tone"}
    assert listed["scores"]["tone"] == {
        "kind": "category", "score": None, "label": "warm", "count": 1, "sources": ["model"],
    }  # fmt: skip
    assert recent == ["grounded"]


def test_the_same_batch_again_changes_nothing(client: TestClient, world: World) -> None:
    """A retry with ids is one evaluation; with history there is one version, after a change two."""
    ingest = who(world, Permission.INGEST)
    for value in (True, True, False):
        assert give(client, ingest, ONE | {"id": "x", "value": value}).json()["ids"] == ["x"]
    assert [e["score"] for e in read(client, trace_id="AA")] == [0.0]
    assert [e["score"] for e in read(client, id="x", history=True)] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "no JSON"),
        ("[]", "the body"),
        ('{"evaluations": [{"name": "a"}, {"value": 1}]}', "evaluations[1].name: field required"),
        ('{"evaluations": [{"name": "a", "value": [1], "trace_id": "aa"}]}', "evaluations[0].value"),
        ('{"evaluations": [{"name": "a", "colour": 1, "trace_id": "aa"}]}', "evaluations[0].colour: extra inputs"),
        ('{"evaluations": [{"name": "a", "value": 1, "trace_id": "aa", "time": "noon"}]}', "evaluations[0].time"),
        ('{"evaluations": [{"name": "a", "value": 1}]}', "evaluations[0].trace_id is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(client: TestClient, world: World, body: str, said: str) -> None:
    """A body that cannot be kept is refused with the place of what is wrong, and nothing is stored."""
    with asking_as(who(world, Permission.INGEST)):
        refused(client.post("evaluations", content=body), 400, said)
    assert read(client) == []


def test_what_is_too_much_is_refused(client: TestClient, world: World) -> None:
    """Over a thousand evaluations or 16 MiB are refused."""
    ingest = who(world, Permission.INGEST)
    refused(give(client, ingest, *[ONE] * (MAX_BATCH + 1)), 400, "1001 evaluations")
    with asking_as(ingest):
        refused(client.post("evaluations", content=b"x" * (17 * 2**20)), 400, "too large")


def test_who_ingests_gives_any(client: TestClient, world: World) -> None:
    """A key for ingesting gives judgements of every source, in any name."""
    ingest = who(world, Permission.INGEST, Permission.FEEDBACK)
    for source in ("human", "code", "model"):
        assert give(client, ingest, ONE | {"source": source, "author": "x"}).status_code == 200
    assert {(e["source"], e["author"]) for e in read(client)} == {
        ("human", "x"), ("code", "x"), ("model", "x"),
    }  # fmt: skip


def test_who_annotates_judges_in_their_own_name(client: TestClient, world: World) -> None:
    """A person's judgement is human and theirs, whatever is sent; another source is refused."""
    person = who(world, Permission.READ, Permission.ANNOTATE, kind="person", name="ann@x.org")
    assert give(client, person, ONE | {"author": "somebody else"}).status_code == 200
    refused(give(client, person, ONE | {"source": "model"}), 403, "evaluations[0]")
    (row,) = read(client)
    assert (row["source"], row["author"]) == ("human", "ann@x.org")


def test_feedback_is_human_and_cannot_be_read(client: TestClient, world: World) -> None:
    """A key for feedback gives an end user's, in the name that the app knows, and sees nothing."""
    app = who(world, Permission.FEEDBACK)
    assert give(client, app, ONE | {"author": "user-7"}).status_code == 200
    refused(give(client, app, ONE | {"source": "code"}), 403, "evaluations[0]")
    with asking_as(app):
        refused(client.get("evaluations"), 403, "no right to read")
        refused(client.get("evaluations/rates", params={"name": "ok"}), 403, "no right to read")
        refused(client.delete("evaluations/x"), 403, "no right to annotate")
    (row,) = read(client)
    assert (row["source"], row["author"]) == ("human", "user-7")


def test_a_page_key_of_one_trace_judges_no_other(client: TestClient, world: World) -> None:
    """A publishable key made for a trace is refused for any other, and for sessions and responses."""
    page = who(world, Permission.FEEDBACK, kind="page", trace_id="aa")
    assert give(client, page, ONE).status_code == 200
    for other in ({"trace_id": "bb"}, {"trace_id": "", "session_id": "s"}):
        refused(give(client, page, ONE | other), 403, "one trace alone")
    assert len(read(client)) == 1


def test_feedback_changes_nobody_elses(client: TestClient, world: World) -> None:
    """The id of a model's or another user's evaluation is taken; one's own can be changed."""
    give(client, who(world, Permission.INGEST), ONE | {"id": "m", "source": "model"})
    app = who(world, Permission.FEEDBACK)
    refused(give(client, app, ONE | {"id": "m", "value": False}), 400, "taken")
    give(client, app, ONE | {"id": "u", "author": "u1"})
    refused(give(client, app, ONE | {"id": "u", "author": "u2"}), 400, "taken")
    assert give(client, app, ONE | {"id": "u", "author": "u1", "value": False}).status_code == 200
    scores = {e["id"]: e["score"] for e in read(client)}
    assert scores == {"m": 1.0, "u": 0.0}


@pytest.mark.parametrize("permission", [Permission.READ, Permission.EDIT, Permission.MANAGE])
def test_other_rights_give_nothing(
    client: TestClient, world: World, permission: Permission
) -> None:
    """Reading, editing or managing alone does not let anybody judge."""
    refused(give(client, who(world, permission), ONE), 403, "no right to feedback")
    assert read(client) == []


def test_another_project_is_closed(client: TestClient, world: World) -> None:
    """A caller of this project neither gives to nor reads nor retracts in another."""
    both = who(world, Permission.INGEST, Permission.READ, Permission.EDIT)
    other = {"x-groundwire-project": "another"}
    with asking_as(both):
        for answer in (
            client.post("evaluations", json={"evaluations": [ONE]}, headers=other),
            client.get("evaluations", headers=other),
            client.get("evaluations/names", headers=other),
            client.get("evaluations/rates", params={"name": "ok"}, headers=other),
            client.delete("evaluations/x", headers=other),
        ):
            refused(answer, 403, "no right to")


def test_one_retracts_ones_own_and_an_editor_any(client: TestClient, world: World) -> None:
    """An annotator takes back what is theirs; of others' they learn nothing. An editor takes back any."""
    ann = who(world, Permission.READ, Permission.ANNOTATE, kind="person", name="ann@x.org")
    give(client, ann, ONE | {"id": "mine"})
    give(
        client,
        who(world, Permission.INGEST),
        ONE | {"id": "theirs", "source": "human", "author": "bob@x.org"},
    )
    with asking_as(ann):
        refused(client.delete("evaluations/theirs"), 404, "not yours")
        refused(client.delete("evaluations/unknown"), 404, "not yours")
        assert client.delete("evaluations/mine").json() == {"retracted": 1}
        refused(client.delete("evaluations/mine"), 404, "not yours")
    with asking_as(who(world, Permission.EDIT)):
        assert client.delete("evaluations/theirs").json() == {"retracted": 1}
    assert read(client) == []
    assert [e["is_deleted"] for e in read(client, id="mine", history=True)].count(True) == 1


def test_rates_and_names(client: TestClient, world: World) -> None:
    """Rates come with their intervals by what was asked for, names with how many there are."""
    ids = [world.ask() for _ in range(4)]
    world.save()
    for i, trace_id in enumerate(ids):
        give(client, LOCAL, ONE | {"trace_id": trace_id, "value": i > 0, "source": "human"})
    with asking_as(LOCAL):
        names = client.get("evaluations/names").json()["names"]
        (rate,) = client.get(
            "evaluations/rates", params={"name": "ok", "by": "model", "step": "30d"}
        ).json()["rates"]
        refused(
            client.get("evaluations/rates", params={"name": "ok", "by": "x"}), 400, "no rates by"
        )
        refused(client.get("evaluations/rates", params={"name": "ok", "step": "x"}), 400, "step")
        assert client.get("evaluations/rates", params={"name": "none"}).json() == {"rates": []}
    assert [(n["name"], n["evaluations"], n["by_people"]) for n in names] == [("ok", 4, 4)]
    assert (rate["by"], rate["n"], rate["kind"]) == ({"model": "gpt-4o"}, 4, "boolean")
    assert rate["value"]["value"] == pytest.approx(0.75)
    assert 0 < rate["value"]["low"] < 0.75 < rate["value"]["high"] < 1
    assert rate["rest"] is None


def test_the_description_has_the_body(client: TestClient) -> None:
    """OpenAPI shows what a batch looks like."""
    described = client.get("openapi.json")
    post = described.json()["paths"]["/api/v1/evaluations"]["post"]
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    assert "evaluations" in schema["properties"]
