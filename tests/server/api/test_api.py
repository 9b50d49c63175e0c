"""The REST API over a real engine."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from collector.counters import Counters
from collector.signals import Signal
from server.api import create_api
from storage.client import Engine
from storage.control.access import LOCAL
from storage.control.control import Control
from storage.errors import QueryTimeout, StoreUnavailable, TooMuchData
from tests.callers import asking_as
from tests.samples import message
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine


@pytest.fixture
def client(world: World, control: Control) -> Iterator[TestClient]:
    """Return a client that asks about the test's project."""
    counters = Counters()
    counters.spooled(Signal.TRACES, world.scope.project, accepted=4, rejected=1)
    counters.loaded(Signal.TRACES, world.scope.project, stored=2, duplicate=1, quarantined=0)
    counters.spooled(Signal.LOGS, f"not-{world.scope.project}", accepted=7, rejected=0)
    app = create_api(world.engine, counters, control)
    headers = {"x-groundwire-project": world.scope.project}
    with (
        asking_as(LOCAL),
        TestClient(
            app, base_url="http://test/api/v1", headers=headers, raise_server_exceptions=False
        ) as client,
    ):
        yield client


OF_THE_SERVER = tuple(f"/api/v1/{name}" for name in ("me", "people", "projects"))
"""Paths that are about no project, or name it themselves."""


def error_of(answer: Any, status: int) -> dict[str, Any]:
    """Return the error of an answer, after a look at its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"]
    assert error["message"]
    return error


def test_traces_are_listed_by_page(client: TestClient, world: World) -> None:
    """A page has rows and the cursor of the next; times are there with nanoseconds and as integers."""
    ids = [world.ask(f"q{i}", at_s=-i) for i in range(3)]
    world.save()
    first = client.get("traces", params={"limit": 2}).json()
    assert [row["trace_id"] for row in first["traces"]] == ids[:2]
    second = client.get("traces", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [row["trace_id"] for row in second["traces"]] == ids[2:]
    assert second["next_cursor"] is None
    row = first["traces"][0]
    assert row["start_time"] == "2025-06-01T12:00:00.000000000Z"
    assert row["start_time_unix_nano"] == NOON_NS
    assert row["end_time"] == "2025-06-01T12:00:02.000000000Z"
    assert (row["input"], row["models"], row["total_tokens"]) == ("q0", ["gpt-4o"], 120)


def test_a_trace_with_everything(client: TestClient, world: World) -> None:
    """A small trace comes with texts, documents, attributes, log records and evaluations; an upper-case id will do."""
    span = world.traces.span(
        "chat",
        start_ns=NOON_NS + 123_456_789,
        gen_ai__operation__name="chat",
        gen_ai__input__messages=[message("user", "hi")],
        gen_ai__retrieval__documents=[{"id": "d", "score": 0.5, "content": "chunk"}],
        big=2**63 - 1,
    )
    trace_id, span_id = span.trace_id.hex(), span.span_id.hex()
    world.save()
    world.log(trace_id, span_id, body="a line", at_s=1)
    judged = {"gen_ai.evaluation.name": "grounded", "gen_ai.evaluation.score.value": 0.5}
    world.log(trace_id, span_id, judged, event_name="gen_ai.evaluation.result", at_s=2)
    answer = client.get(f"traces/{trace_id.upper()}")
    assert str(2**63 - 1) in answer.text
    found = answer.json()
    assert found["trace_id"] == found["trace"]["trace_id"] == trace_id
    (shown,) = found["spans"]
    assert shown["start_time"] == "2025-06-01T12:00:00.123456789Z"
    assert shown["input_messages"] == [message("user", "hi")]
    assert shown["documents"] == [{"id": "d", "score": 0.5, "content": "chunk"}]
    assert shown["attributes"]["big"] == 2**63 - 1
    assert found["logs"][0]["body"] == "a line"
    assert [(e["name"], e["score"]) for e in found["evaluations"]] == [("grounded", 0.5)]
    assert shown["evaluations"] == found["evaluations"]
    single = client.get(f"traces/{trace_id}/spans/{span_id.upper()}").json()
    assert single == shown


def test_large_traces_come_light(client: TestClient, world: World) -> None:
    """Over a thousand spans come without texts unless they are asked for; and none are when that is asked."""
    root = world.traces.span(
        "root",
        duration_ns=10**12,
        gen_ai__operation__name="chat",
        gen_ai__input__messages=[message("user", "hi")],
    )
    for _ in range(1000):
        world.traces.span("step", parent=root)
    world.save()
    path = f"traces/{root.trace_id.hex()}"
    light = client.get(path).json()["spans"]
    assert len(light) == 1001
    assert "attributes" not in light[0]
    full = client.get(path, params={"contents": True}).json()["spans"]
    assert [span["span_id"] for span in full] == [span["span_id"] for span in light]
    assert full[0]["input_messages"] == [message("user", "hi")]
    assert "input_messages" not in client.get(path, params={"contents": False}).json()["spans"][0]


def test_spans_sessions_and_figures(client: TestClient, world: World) -> None:
    """Every list answers in its own words."""
    world.ask("hi", "hello", root={"session.id": "a/b", "http.route": "/chat"})
    world.save()
    spans = client.get("spans", params={"filter": 'attr["http.route"] = "/chat"'}).json()["spans"]
    assert [span["name"] for span in spans] == ["POST /chat"]
    assert [s["session_id"] for s in client.get("sessions").json()["sessions"]] == ["a/b"]
    turns = client.get("sessions/a/b").json()["turns"]
    assert [(turn["input"], turn["output"]) for turn in turns] == [("hi", "hello")]
    buckets = client.get("histogram", params={"buckets": 4}).json()["buckets"]
    assert sum(bucket["traces"] for bucket in buckets) == 1
    assert buckets[0]["start"] == "2025-06-01T12:00:00.000000000Z"
    window = {"start": "2025-01-01", "end": "2026-01-01"}
    values = client.get('fields/attr["http.route"]/values', params=window).json()["values"]
    assert values == [{"value": "/chat", "count": 1}]
    fields = client.get("fields", params=window).json()
    assert "model" in [field["name"] for field in fields["fields"]]
    assert "http.route" in fields["attributes"]
    assert [p["name"] for p in client.get("projects").json()["projects"]] == ["default"]


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2025-06-01T12:00:00Z", "2025-06-01T12:00:01Z", 1),
        ("2025-06-01T14:00:00+02:00", "", 1),
        ("2025-06-01T12:00:01Z", "", 0),
        (str(NOON_NS), str(NOON_NS // 10**9 + 1), 1),
        ("", "2025-06-01T12:00:00Z", 0),
        ("-1h", "now", 0),
        ("2025-06-01", "2025-06-02", 1),
    ],
)  # fmt: skip
def test_windows(client: TestClient, world: World, start: str, end: str, count: int) -> None:
    """A window can be written in many ways and is half-open."""
    world.ask()
    world.save()
    params = {name: value for name, value in (("start", start), ("end", end)) if value}
    assert len(client.get("traces", params=params).json()["traces"]) == count


def test_the_account(client: TestClient) -> None:
    """/stats tells what became of the project's items, and of no other's; a signal that never came has zeros."""
    found = client.get("stats").json()
    assert found["spans"] == {
        "received": 5,
        "stored": 2,
        "duplicate": 1,
        "rejected": 1,
        "quarantined": 0,
        "spooled": 1,
    }
    assert found["logs"] == found["metrics"] == dict.fromkeys(found["spans"], 0)


@pytest.mark.parametrize(
    ("path", "params", "message", "hint"),
    [
        ("traces", {"filter": "error and duration > 5"}, "column 22", "5s"),
        ("traces", {"limit": 0}, "limit", "limit"),
        ("traces", {"limit": "many"}, "limit", "limit"),
        ("traces", {"start": "yesterday"}, "start: 'yesterday' is not a time", "RFC 3339"),
        ("traces", {"start": "2025-02-01", "end": "2025-01-01"}, "before it starts", "swap"),
        ("traces", {"sort": "colour"}, "cannot sort", "sort by"),
        ("traces", {"cursor": "%%%"}, "cursor", "next_cursor"),
        ("traces", {"project": "another"}, "two projects", "name one"),
        ("traces/not-hex", {}, "trace_id", "hex"),
        ("fields/nonsense/values", {}, "no field", "/fields"),
        ("histogram", {"buckets": 100_000}, "buckets", "buckets"),
    ],
)
def test_wrong_questions_are_400(  # noqa: PLR0917 - a table's columns
    client: TestClient, world: World, path: str, params: dict[str, Any], message: str, hint: str
) -> None:
    """An error says what is wrong and what to do about it."""
    world.ask()
    world.save()
    error = error_of(client.get(path, params=params), 400)
    assert message in error["message"]
    assert hint in error["hint"]


def test_a_filter_error_points_at_the_column(client: TestClient) -> None:
    """The column is there as a number, for a cursor to jump to."""
    assert (
        error_of(client.get("traces", params={"filter": "error and modle = x"}), 400)["column"]
        == 11
    )


@pytest.mark.parametrize(
    "path",
    ["traces/" + "0" * 32, f"traces/{'0' * 32}/spans/{'0' * 16}", "sessions/none", "nothing/here"],
)
def test_what_is_not_there_is_404(client: TestClient, path: str) -> None:
    """An unknown id and an unknown path answer 404 in the same form."""
    assert error_of(client.get(path), 404)["code"] == "not_found"


def test_other_projects_are_not_seen(client: TestClient, world: World) -> None:
    """Another project's trace is not there, by header or by parameter, whatever is asked."""
    trace_id = world.ask("secretword", root={"session.id": "s-1"})
    world.save()
    for choose in (
        {"headers": {"x-groundwire-project": "else"}},
        {"headers": {"x-groundwire-project": ""}, "params": {"project": "else"}},
    ):
        assert client.get(f"traces/{trace_id}", **choose).status_code == 404  # type: ignore[arg-type]
        assert client.get("sessions/s-1", **choose).status_code == 404  # type: ignore[arg-type]
        assert client.get("traces", **choose).json()["traces"] == []  # type: ignore[arg-type]
    by_parameter = {
        "headers": {"x-groundwire-project": ""},
        "params": {"project": world.scope.project},
    }
    assert client.get(f"traces/{trace_id}", **by_parameter).status_code == 200  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (QueryTimeout("slow"), 504, "timeout"),
        (StoreUnavailable("away"), 503, "store_unavailable"),
        (TooMuchData("much"), 400, "too_much_data"),
        (RuntimeError("private text"), 500, "internal"),
    ],
)
def test_failures_have_a_form_too(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    """A store that is away, a timeout and even a defect are told as JSON, and a defect's text stays in the log."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("storage.traces.list_traces", fail)
    found = error_of(client.get("traces"), status)
    assert found["code"] == code
    assert "private text" not in json.dumps(found)


def test_a_closed_engine_is_503(control: Control) -> None:
    """Nothing but 503 comes of an engine that cannot be reached."""
    away = Engine.__new__(Engine)

    def unreachable() -> None:
        from clickhouse_connect.driver.exceptions import OperationalError  # noqa: PLC0415

        raise OperationalError("connection refused")

    away.client = unreachable  # type: ignore[method-assign,assignment]
    app = create_api(away, Counters(), control)
    with asking_as(LOCAL), TestClient(app, raise_server_exceptions=False) as broken:
        answer = broken.get("/api/v1/traces")
        assert error_of(answer, 503)["code"] == "store_unavailable"
        assert answer.headers["retry-after"] == "1"


def test_the_description_names_every_answer(client: TestClient) -> None:
    """OpenAPI describes each route with its parameters and its errors; the page that shows it is there."""
    described = client.get("openapi.json").json()
    assert set(described["paths"]) >= {
        f"/api/v1/{p}"
        for p in (
            "traces",
            "traces/{trace_id}",
            "spans",
            "sessions",
            "stats",
            "fields",
            "histogram",
            "projects",
        )
    }
    for path, methods in described["paths"].items():
        for route in methods.values():
            answers = route["responses"]
            success = next(
                answers[code] for code in ("200", "201", "202", "204") if code in answers
            )
            assert "204" in answers or "schema" in success["content"]["application/json"], path
            assert {"400", "401", "403", "404", "503", "504"} <= set(answers), path
            assert route["description"], path
            if not path.startswith(OF_THE_SERVER):
                assert "project" in [p["name"] for p in route["parameters"]], path
    assert client.get("docs").status_code == 200


def test_other_origins_are_not_let_in(client: TestClient) -> None:
    """A page of another origin gets no permission to read answers."""
    answer = client.get("projects", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
