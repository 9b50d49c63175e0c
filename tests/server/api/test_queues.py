"""Annotation queues over the API: made, filled, worked through, and how far people agree."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import OperationalError
from fastapi.testclient import TestClient

from collector.counters import Counters
from server.api import create_api
from storage.control.access import LOCAL, OF_KEY_SCOPE, OF_ROLE, Caller, KeyScope, Role
from storage.control.control import Control
from storage.control.members import set_member
from storage.control.people import create_person
from storage.control.projects import ensure_project
from tests.callers import asking_as
from tests.samples import message
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

NOON = datetime.fromtimestamp(NOON_NS / 1e9, UTC)
CRITERIA = [
    {"name": "faithful", "kind": "boolean"},
    {"name": "tone", "kind": "category", "labels": ["warm", "plain", "rude"]},
    {"name": "grade", "kind": "number", "minimum": 1, "maximum": 5, "step": 1, "required": False},
]
As = Callable[[str, Role], AbstractContextManager[Caller]]


@pytest.fixture
def client(world: World, control: Control) -> Iterator[TestClient]:
    """Return a client that asks about the test's project, as whoever is on this machine."""
    app = create_api(world.engine, Counters(), control)
    headers = {"x-groundwire-project": world.scope.project}
    with (
        asking_as(LOCAL),
        TestClient(app, base_url="http://test/api/v1", headers=headers) as client,
    ):
        yield client


@pytest.fixture
def as_person(world: World, control: Control) -> As:
    """Return a way to ask as a member of the project."""
    ensure_project(control.database, world.scope.project)
    made: dict[str, str] = {}

    @contextmanager
    def person(name: str, role: Role = Role.ANNOTATOR) -> Iterator[Caller]:
        email = f"{name}@example.com"
        if name not in made:
            with control.database.session() as session:
                made[name] = create_person(session, email).id
                set_member(session, world.scope.project, made[name], role)
        grants = {world.scope.project: OF_ROLE[role]}
        with asking_as(Caller("person", made[name], email, grants)) as caller:
            yield caller

    return person


def ok(answer: Any, status: int = 200) -> Any:
    """Return the JSON of an answer, after a look at its status."""
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer: Any, status: int) -> str:
    """Return what a refusal says."""
    assert answer.status_code == status, answer.text
    return f"{answer.json()['error']['message']} {answer.json()['error']['hint']}"


def make(client: TestClient, **more: Any) -> str:
    """Make a queue; return its id."""
    sent = {"name": "Answers", "criteria": CRITERIA, **more}
    return str(ok(client.post("queues", json=sent), 201)["id"])


def fill(client: TestClient, queue: str, traces: list[str], **more: Any) -> dict[str, Any]:
    """Put traces into a queue."""
    sent = {"items": [{"trace_id": trace} for trace in traces], **more}
    return dict(ok(client.post(f"queues/{queue}/items", json=sent)))


def asked(world: World, count: int) -> list[str]:
    """Store so many traces, a second apart; return their ids."""
    traces = [world.ask(f"question {i}", f"answer {i}", at_s=i) for i in range(count)]
    world.save()
    return traces


def judge(client: TestClient, queue: str, item: dict[str, Any], **said: Any) -> Any:
    """Send a judgement by criterion."""
    judgements = [{"criterion": name, "value": value} for name, value in said.items()]
    path = f"queues/{queue}/items/{item['id']}/judgement"
    return client.post(path, json={"judgements": judgements})


def next_item(client: TestClient, queue: str) -> Any:
    """Ask for the next item."""
    return ok(client.post(f"queues/{queue}/next"))["item"]


def test_a_queue_is_made_listed_changed_and_put_away(client: TestClient) -> None:
    """It comes back as it was sent; a change leaves the rest alone; archived, it leaves the list."""
    queue = make(client, description="Weekly", annotators=2)

    (listed,) = ok(client.get("queues"))["queues"]
    assert (listed["id"], listed["description"], listed["annotators"]) == (queue, "Weekly", 2)
    assert [c["name"] for c in listed["criteria"]] == ["faithful", "tone", "grade"]
    assert listed["criteria"][2]["maximum"] == 5
    assert listed["progress"]["items"] == 0
    changed = ok(client.patch(f"queues/{queue}", json={"name": "Better"}))
    assert (changed["name"], changed["description"]) == ("Better", "Weekly")
    assert changed["criteria"] == listed["criteria"]

    assert ok(client.delete(f"queues/{queue}"))["archived_at"]
    assert ok(client.get("queues"))["queues"] == []
    assert [q["id"] for q in ok(client.get("queues?archived=true"))["queues"]] == [queue]
    assert ok(client.patch(f"queues/{queue}", json={"archived": False}))["archived_at"] is None


def test_traces_are_added_by_id(client: TestClient, world: World) -> None:
    """Those that are stored, each once; what is not stored is told and left out."""
    traces = asked(world, 2)
    queue = make(client)

    first = fill(client, queue, [traces[0].upper(), "f" * 32])
    second = fill(client, queue, traces)

    assert (first["added"], first["present"]) == (1, 0)
    assert first["unknown"] == [{"trace_id": "f" * 32, "span_id": ""}]
    assert (second["added"], second["present"]) == (1, 1)
    items = ok(client.get(f"queues/{queue}/items", params={"limit": 1}))
    assert [item["trace_id"] for item in items["items"]] == [traces[0]]
    rest = ok(client.get(f"queues/{queue}/items", params={"cursor": items["next_cursor"]}))
    assert [item["trace_id"] for item in rest["items"]] == [traces[1]]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("unit", ["trace", "span"])
def test_a_sample_can_be_drawn_again(client: TestClient, world: World, unit: str) -> None:
    """The seed that was told draws the same from the same filter and window; what matched is counted."""
    asked(world, 30)
    window = {"start": NOON.isoformat(), "end": (NOON + timedelta(seconds=20)).isoformat()}
    narrowed = "model_calls > 0" if unit == "trace" else 'operation = "chat"'
    sample = {"filter": narrowed, **window, "size": 8}
    first = make(client, unit=unit)
    drawn = ok(client.post(f"queues/{first}/items", json={"sample": sample}))
    second = make(client, name="Again", unit=unit)

    again = {"sample": {**sample, "seed": drawn["sample"]["seed"]}}
    assert ok(client.post(f"queues/{second}/items", json=again))["added"] == 8
    third = make(client, name="Other", unit=unit)
    other = {"sample": {**sample, "seed": 1}}
    ok(client.post(f"queues/{third}/items", json=other))

    def items(queue: str) -> list[tuple[str, str]]:
        found = ok(client.get(f"queues/{queue}/items"))["items"]
        return [(item["trace_id"], item["span_id"]) for item in found]

    assert drawn["added"] == 8
    assert drawn["sample"]["matched"] == 20
    assert items(first) == items(second)
    assert items(first) != items(third)
    assert all(bool(span) == (unit == "span") for _, span in items(first))
    (kept,) = ok(client.get(f"queues/{first}/fills"))["fills"]
    assert kept["filter"] == narrowed
    assert (kept["seed"], kept["wanted"], kept["matched"], kept["added"]) == (
        drawn["sample"]["seed"], 8, 20, 8,
    )  # fmt: skip


def test_a_wrong_filter_says_where(client: TestClient) -> None:
    """A filter that means nothing is refused with its column, and nothing is added."""
    queue = make(client)
    window = {"start": NOON.isoformat(), "end": NOON.isoformat()}
    sample = {"filter": "modell = 1", **window, "size": 5}

    answer = client.post(f"queues/{queue}/items", json={"sample": sample})

    assert "modell" in refused(answer, 400)
    assert answer.json()["error"]["column"] == 1


def test_a_judgement_is_an_evaluation_by_its_annotator(client: TestClient, world: World) -> None:
    """Each criterion becomes an evaluation by a person; another answer is a new version of the same one."""
    (trace,) = asked(world, 1)
    queue = make(client)
    fill(client, queue, [trace])
    item = next_item(client, queue)

    assert ok(judge(client, queue, item, faithful=True, tone="warm", grade=4))["state"] == "done"
    ok(judge(client, queue, item, faithful=False, tone="warm"))

    found = ok(client.get(f"traces/{trace}"))["evaluations"]
    said = {e["name"]: (e["score"], e["label"], e["source"], e["author"]) for e in found}
    assert said == {
        "faithful": (0.0, "", "human", "local"),
        "tone": (None, "warm", "human", "local"),
    }
    mine = ok(client.get(f"queues/{queue}/items/{item['id']}"))["mine"]
    assert {m["criterion"]: m["value"] for m in mine} == {"faithful": False, "tone": "warm"}


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ({"faithful": True}, "tone is not answered"),
        ({"faithful": True, "tone": "cold"}, "warm, plain, rude"),
        ({"faithful": "yes", "tone": "warm"}, "true or false"),
        ({"faithful": True, "tone": "warm", "grade": 9}, "from 1 to 5"),
        ({"faithful": True, "tone": "warm", "other": 1}, "does not ask"),
    ],
)
def test_a_wrong_judgement_leaves_the_item_open(
    client: TestClient, world: World, said: dict[str, Any], about: str
) -> None:
    """What is missing, or is no answer, is said; nothing is stored."""
    (trace,) = asked(world, 1)
    queue = make(client)
    fill(client, queue, [trace])
    item = next_item(client, queue)

    assert about in refused(judge(client, queue, item, **said), 400)

    assert ok(client.get(f"queues/{queue}/progress"))["open"] == 1
    assert ok(client.get(f"traces/{trace}"))["evaluations"] == []


def test_the_item_stays_open_while_the_store_is_away(
    client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the evaluations cannot be stored the answer is 503, and the item waits for another try."""
    (trace,) = asked(world, 1)
    queue = make(client)
    fill(client, queue, [trace])
    item = next_item(client, queue)

    def away() -> Any:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(world.engine, "client", away)
        assert refused(judge(client, queue, item, faithful=True, tone="warm"), 503)
    assert ok(client.get(f"queues/{queue}/progress"))["open"] == 1

    assert ok(judge(client, queue, item, faithful=True, tone="warm"))["state"] == "done"
    assert len(ok(client.get(f"traces/{trace}"))["evaluations"]) == 2


def test_a_skipped_item_has_no_judgement(client: TestClient, world: World) -> None:
    """Skipping keeps the reason and takes back what was said; putting back opens the item."""
    (trace,) = asked(world, 1)
    queue = make(client)
    fill(client, queue, [trace])
    item = next_item(client, queue)
    ok(judge(client, queue, item, faithful=True, tone="warm"))
    path = f"queues/{queue}/items/{item['id']}"

    skipped = ok(client.post(f"{path}/skip", json={"reason": "not English"}))

    assert skipped["state"] == "skipped"
    assert skipped["answers"][0]["reason"] == "not English"
    assert ok(client.get(f"traces/{trace}"))["evaluations"] == []
    assert ok(client.post(f"{path}/put-back"))["state"] == "open"
    assert next_item(client, queue)["id"] == item["id"]


def test_a_removed_item_leaves_its_judgements(
    client: TestClient, world: World, as_person: As
) -> None:
    """It is out of the queue and of its agreement; what was said of it stays with the trace, and can be said anew."""
    (trace,) = asked(world, 1)
    queue = make(client, annotators=2)
    fill(client, queue, [trace])
    for name, faithful in (("ann", True), ("ben", False)):
        with as_person(name, Role.ANNOTATOR):
            item = next_item(client, queue)
            ok(judge(client, queue, item, faithful=faithful, tone="warm"))
    assert ok(client.get(f"queues/{queue}/disagreements"))["total"] == 1

    left = ok(client.delete(f"queues/{queue}/items/{item['id']}"))

    assert left["progress"]["items"] == 0
    assert refused(client.get(f"queues/{queue}/items/{item['id']}"), 404)
    assert ok(client.get(f"queues/{queue}/agreement"))["criteria"][0]["shared_items"] == 0
    assert ok(client.get(f"queues/{queue}/disagreements"))["hidden"] == 0
    assert len(ok(client.get(f"traces/{trace}"))["evaluations"]) == 4
    entry = ok(client.get("audit"))["entries"][0]
    assert (entry["action"], entry["detail"]["trace_id"]) == ("queue.remove_item", trace)
    fill(client, queue, [trace])
    with as_person("ben", Role.ANNOTATOR):
        ok(judge(client, queue, next_item(client, queue), faithful=True, tone="warm"))
    given = ok(client.get(f"traces/{trace}"))["evaluations"]
    assert [e["score"] for e in given if e["name"] == "faithful"] == [1.0, 1.0]


def test_undo_finds_what_was_said(client: TestClient, world: World) -> None:
    """The item answered last comes back with one's own answers."""
    queue = make(client)
    fill(client, queue, asked(world, 2))
    first = next_item(client, queue)
    ok(judge(client, queue, first, faithful=True, tone="rude"))
    second = next_item(client, queue)

    back = ok(client.get(f"queues/{queue}/previous", params={"before": second["id"]}))

    assert back["item"]["id"] == first["id"]
    assert {m["criterion"]: m["value"] for m in back["mine"]} == {"faithful": True, "tone": "rude"}
    assert ok(client.get(f"queues/{queue}/previous?before={first['id']}"))["item"] is None


def test_span_items_are_judged_as_spans(client: TestClient, world: World) -> None:
    """In a queue of spans the evaluation is of the span, not of its trace."""
    span = world.traces.span(
        "chat", gen_ai__operation__name="chat", gen_ai__output__messages=[message("assistant", "x")]
    )
    world.save()
    queue = make(client, unit="span")
    there = {"trace_id": span.trace_id.hex(), "span_id": span.span_id.hex()}
    missing = {"trace_id": span.trace_id.hex(), "span_id": "0" * 15 + "1"}

    added = ok(client.post(f"queues/{queue}/items", json={"items": [there, missing]}))
    ok(judge(client, queue, next_item(client, queue), faithful=True, tone="warm"))

    assert (added["added"], added["unknown"]) == (1, [missing])
    found = ok(client.get(f"traces/{there['trace_id']}"))["evaluations"]
    assert {e["span_id"] for e in found} == {there["span_id"]}


def test_agreement_and_disagreements(client: TestClient, world: World, as_person: As) -> None:
    """Two annotators: figures by criterion, kappa of the pair, and the items on which they differ, side by side."""
    queue = make(client, annotators=2)
    fill(client, queue, asked(world, 12))
    for name in ("ann", "ben"):
        with as_person(name, Role.ANNOTATOR):
            for i in range(12):
                item = next_item(client, queue)
                tone = "rude" if i == 3 or (i == 5 and name == "ben") else "warm"
                ok(judge(client, queue, item, faithful=i % 2 == 0, tone=tone, grade=3))

    found = {c["name"]: c for c in ok(client.get(f"queues/{queue}/agreement"))["criteria"]}
    faithful, tone, grade = found["faithful"], found["tone"], found["grade"]
    assert (faithful["alpha"], faithful["same"], faithful["shared_items"]) == (1.0, 1.0, 12)
    assert 0.5 < tone["alpha"] < 1
    assert tone["low"] is None or tone["low"] < tone["alpha"]
    assert (tone["pairs"][0]["first"], tone["pairs"][0]["items"]) == ("ann@example.com", 12)
    assert tone["pairs"][0]["kappa"] == pytest.approx(0.6250, abs=0.001)
    assert grade["measure"] == "interval"
    assert grade["alpha"] is None
    assert "same answer everywhere" in grade["note"]
    apart = ok(client.get(f"queues/{queue}/disagreements"))
    (item,) = apart["items"]
    assert (apart["total"], item["criteria"]) == (1, ["tone"])
    assert item["preview"] == "question 5 → answer 5"
    tones = {j["author"]: j["value"] for j in item["judgements"] if j["criterion"] == "tone"}
    assert tones == {"ann@example.com": "warm", "ben@example.com": "rude"}
    assert ok(client.get(f"queues/{queue}/progress"))["done"] == 12


def test_nobody_sees_what_others_said_before_they_judge(
    client: TestClient, world: World, as_person: As
) -> None:
    """While an item waits for one's own judgement, it is neither shown with others' nor among the disagreements."""
    queue = make(client, annotators=3)
    fill(client, queue, asked(world, 1))
    for name, faithful in (("ann", True), ("ben", False)):
        with as_person(name, Role.ANNOTATOR):
            ok(judge(client, queue, next_item(client, queue), faithful=faithful, tone="warm"))
            seen = ok(client.get(f"queues/{queue}/disagreements"))
    assert [len(item["judgements"]) for item in seen["items"]] == [4]

    with as_person("cem", Role.ANNOTATOR):
        handed = ok(client.post(f"queues/{queue}/next"))
        apart = ok(client.get(f"queues/{queue}/disagreements"))

    assert handed["mine"] == []
    assert (apart["items"], apart["hidden"]) == ([], 1)


def test_items_go_to_people_by_name(client: TestClient, world: World, as_person: As) -> None:
    """Items are shared out among the named, who have to be able to annotate; one can be given by hand."""
    for name, role in (("ann", Role.ANNOTATOR), ("eda", Role.EDITOR), ("vic", Role.VIEWER)):
        with as_person(name, role):
            pass
    traces = asked(world, 2)
    with as_person("eda", Role.EDITOR):
        queue = make(client)
        wrong = {"items": [{"trace_id": traces[0]}], "assign_to": ["vic@example.com"]}
        assert "vic@example.com" in refused(client.post(f"queues/{queue}/items", json=wrong), 400)
        fill(client, queue, traces, assign_to=["ANN@example.com", "eda@example.com"])
        mine = next_item(client, queue)
        assert mine["trace_id"] == traces[1]
        path = f"queues/{queue}/items/{mine['id']}/assign"
        given = ok(client.post(path, json={"people": ["ann@example.com"]}))

    assert [(a["annotator"], a["state"]) for a in given["answers"]] == [
        ("ann@example.com", "assigned"),
        ("eda@example.com", "assigned"),
    ]
    with as_person("ann", Role.ANNOTATOR):
        assert next_item(client, queue)["trace_id"] == traces[0]


@pytest.mark.parametrize("role", list(Role))
def test_each_role_can_do_its_part(
    client: TestClient, world: World, as_person: As, role: Role
) -> None:
    """Viewers look, annotators judge, editors make and fill; the rest is refused."""
    traces = asked(world, 1)
    queue = make(client)
    fill(client, queue, traces)
    item = ok(client.get(f"queues/{queue}/items"))["items"][0]
    base = f"queues/{queue}"
    said = {"judgements": [{"criterion": "faithful", "value": True},
                           {"criterion": "tone", "value": "warm"}]}  # fmt: skip
    reading = [
        base,
        "queues",
        *(
            f"{base}/{part}"
            for part in ("items", "progress", "agreement", "disagreements", "fills")
        ),
    ]
    judging = [
        ("POST", f"{base}/next", None), ("GET", f"{base}/items/{item['id']}", None), ("GET", f"{base}/previous", None),
        ("POST", f"{base}/items/{item['id']}/judgement", said), ("POST", f"{base}/items/{item['id']}/skip", {}),
    ]  # fmt: skip
    editing = [
        ("POST", "queues", {"name": "Another", "criteria": CRITERIA}), ("PATCH", base, {"description": "x"}),
        ("POST", f"{base}/items", {"items": [{"trace_id": traces[0]}]}),
        ("POST", f"{base}/items/{item['id']}/put-back", None),
        ("DELETE", f"{base}/items/{item['id']}", None), ("DELETE", base, None),
    ]  # fmt: skip

    with as_person("someone", role):
        looked = [client.get(path).status_code for path in reading]
        judged = [client.request(m, path, json=body).status_code for m, path, body in judging]
        edited = [client.request(m, path, json=body).status_code for m, path, body in editing]

    assert set(looked) == {200}
    assert set(judged) == ({403} if role == Role.VIEWER else {200})
    may_edit = role in {Role.EDITOR, Role.ADMIN}
    assert (403 in edited) is not may_edit
    assert may_edit is all(status in {200, 201} for status in edited)


def test_who_may_not_read_fills_no_queue(client: TestClient, world: World) -> None:
    """A key that may edit and not read learns nothing by filling: not which ids are there, not what a filter finds."""
    traces, queue = asked(world, 1), make(client)
    key = Caller("key", "k1", "deploy", {world.scope.project: OF_KEY_SCOPE[KeyScope.MANAGE]})
    path = f"queues/{queue}/items"
    sample = {"start": "2020-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z", "size": 1}
    with asking_as(key):
        refused(client.post(path, json={"sample": {**sample, "filter": "errors = 0"}}), 403)
        refused(client.post(path, json={"items": [{"trace_id": traces[0]}]}), 403)

    assert ok(client.get(path))["items"] == []


@pytest.mark.parametrize("text", ["\x1b]0;gone\x07", "a\x00", "\u202eevil", "\ud800"])
def test_a_queue_has_printable_names(client: TestClient, text: str) -> None:
    """Names that move a cursor, turn text round or are no text at all reach no page and no terminal."""
    criterion = {"name": "good", "kind": "boolean"}
    labels = {"name": "tone", "kind": "category", "labels": ["calm", text]}
    for sent in (
        {"name": text, "criteria": [criterion]},
        {"name": "q", "criteria": [{**criterion, "name": text}]},
        {"name": "q", "criteria": [labels]},
    ):
        body = json.dumps(sent).encode()
        headers = {"content-type": "application/json"}
        assert refused(client.post("queues", content=body, headers=headers), 400)

    assert ok(client.get("queues"))["queues"] == []


def test_half_a_character_is_refused_everywhere(client: TestClient) -> None:
    """A text that could be kept and never be shown again would make a queue unreadable for everybody."""
    queue, half = make(client), json.dumps({"description": "\ud800"}).encode()
    headers = {"content-type": "application/json"}

    told = refused(client.patch(f"queues/{queue}", content=half, headers=headers), 400)

    assert "half a character" in told
    assert ok(client.get(f"queues/{queue}"))["description"] == ""


def test_numbers_beyond_all_bounds_are_refused(client: TestClient) -> None:
    """An id or a cursor that no database can hold is told so: 400, and not a defect."""
    queue, beyond = make(client), 10**30
    for method, path in (
        ("GET", f"queues/{queue}/items?cursor={beyond}"),
        ("GET", f"queues/{queue}/items/{beyond}"),
        ("POST", f"queues/{queue}/items/{beyond}/skip"),
        ("GET", f"audit?before={beyond}"),
    ):
        refused(client.request(method, path, json={"reason": ""}), 400)


def test_another_project_has_none_of_it(client: TestClient, world: World) -> None:
    """A queue, and its items, are not there for another project, whatever is asked of them."""
    queue = make(client)
    fill(client, queue, asked(world, 1))
    item = next_item(client, queue)
    base = f"queues/{queue}"
    other = {"x-groundwire-project": f"{world.scope.project}-x"}
    paths = [
        ("GET", base), ("PATCH", base), ("DELETE", base), ("GET", f"{base}/items"), ("GET", f"{base}/fills"),
        ("GET", f"{base}/progress"), ("GET", f"{base}/agreement"), ("GET", f"{base}/disagreements"),
        ("POST", f"{base}/next"), ("GET", f"{base}/previous"), ("GET", f"{base}/items/{item['id']}"),
        ("POST", f"{base}/items/{item['id']}/put-back"), ("POST", f"{base}/items/{item['id']}/skip"),
        ("DELETE", f"{base}/items/{item['id']}"),
        ("POST", f"{base}/items/{item['id']}/judgement"), ("POST", f"{base}/items/{item['id']}/assign"),
    ]  # fmt: skip
    bodies = {"judgement": {"judgements": []}, "assign": {"people": ["local"]}}

    for method, path in paths:
        body = bodies.get(path.rpartition("/")[2], {})
        answer = client.request(method, path, headers=other, json=body if method != "GET" else None)
        assert refused(answer, 404), (method, path)


def test_changes_are_in_the_audit_log(client: TestClient, world: World) -> None:
    """Who made, filled and put away a queue is written down."""
    queue = make(client)
    fill(client, queue, asked(world, 1))
    ok(client.delete(f"queues/{queue}"))

    actions = [entry["action"] for entry in ok(client.get("audit"))["entries"]]

    assert actions == ["queue.archive", "queue.fill", "queue.create"]
