"""Who may send data, and into which project: keys at the receiver, over HTTP and gRPC alike."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from google.rpc import code_pb2, error_details_pb2, status_pb2

from collector.door import Door
from collector.http_server import http_app
from collector.receive import Receiver
from collector.signals import Signal
from storage.control import keys, people, projects
from storage.control.access import KeyScope
from storage.control.control import Control
from storage.control.models import now
from tests.collector.otlp import EXAMPLES, HttpClient, MemorySpool

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a sender is told: the code of google.rpc, 0 for success, and the Status."""

    code: int
    status: Any


Send = Callable[[Signal, Headers], Answer]

_HTTP: dict[int, int] = {
    200: code_pb2.OK,
    400: code_pb2.INVALID_ARGUMENT,
    401: code_pb2.UNAUTHENTICATED,
    403: code_pb2.PERMISSION_DENIED,
    503: code_pb2.UNAVAILABLE,
}


@pytest.fixture(params=["protobuf", "json", "grpc"])
def send(request: pytest.FixtureRequest) -> Send:
    """Return a function that sends a sound request of a signal, each way that there is."""
    if request.param == "grpc":
        return _by_grpc(request.getfixturevalue("grpc_address"))
    return _by_http(request.getfixturevalue("http"), as_json=request.param == "json")


def _by_http(http: HttpClient, *, as_json: bool) -> Send:
    kind = "application/json" if as_json else "application/x-protobuf"

    def send(signal: Signal, headers: Headers) -> Answer:
        message = EXAMPLES[signal][0]
        body = json_format.MessageToJson(message) if as_json else message.SerializeToString()
        answer = http.post(f"/v1/{signal}", content=body, headers={"content-type": kind, **headers})
        assert answer.headers["content-type"] == kind
        assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)
        assert ("retry-after" in answer.headers) == (answer.status_code == 503)
        status = status_pb2.Status()
        if answer.status_code != 200:
            json_format.Parse(answer.text, status) if as_json else status.ParseFromString(
                answer.content
            )
        return Answer(_HTTP[answer.status_code], status)

    return send


def _by_grpc(address: str) -> Send:
    def send(signal: Signal, headers: Headers) -> Answer:
        with grpc.insecure_channel(address) as channel:
            call = channel.unary_unary(
                f"/{signal.protocol.service}/Export",
                request_serializer=None,
                response_deserializer=None,
            )
            try:
                call(
                    EXAMPLES[signal][0].SerializeToString(),
                    timeout=10,
                    metadata=tuple(headers.items()),
                )
            except grpc.RpcError as error:
                trailers: dict[Any, Any] = dict(error.trailing_metadata())  # type: ignore[arg-type]
                status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
                return Answer(error.code().value[0], status)
        return Answer(code_pb2.OK, status_pb2.Status())

    return send


def close(control: Control) -> None:
    """Set somebody up: from then on keys are needed."""
    with control.database.session() as session:
        people.create_person(session, "op@example.com", is_operator=True)


def key(control: Control, project: str, *scopes: KeyScope, **options: Any) -> tuple[str, str]:
    """Make a key of a project; return its id and its text."""
    projects.ensure_project(control.database, project)
    with control.database.session() as session:
        made, text = keys.create_key(
            session, project, "test", scopes or [KeyScope.INGEST], created_by="test", **options
        )
    return made.id, text


def bearer(text: str, **more: str) -> dict[str, str]:
    """Return the headers of a key."""
    return {"authorization": f"Bearer {text}", **more}


@pytest.mark.parametrize("signal", Signal)
def test_open_anybody_sends_into_the_project_named(
    send: Send, spool: MemorySpool, control: Control, signal: Signal
) -> None:
    """While nobody is set up no key is needed, and a project is there once something was sent into it."""
    assert send(signal, {"x-groundwire-project": "shop"}).code == code_pb2.OK
    assert send(signal, {}).code == code_pb2.OK
    assert [stored.project for stored in spool.stored] == ["shop", "default"]
    with control.database.reading() as session:
        assert [p.name for p in projects.list_projects(session)] == ["default", "shop"]


@pytest.mark.parametrize("signal", Signal)
def test_closed_a_key_is_needed(
    send: Send, spool: MemorySpool, control: Control, signal: Signal
) -> None:
    """As soon as somebody is set up, requests without a key are refused, whatever project they name."""
    assert send(signal, {}).code == code_pb2.OK
    close(control)
    for headers in ({}, {"x-groundwire-project": "default"}, {"authorization": "Basic Z3c6eA=="}):
        answer = send(signal, headers)
        assert answer.code == answer.status.code == code_pb2.UNAUTHENTICATED
        assert "authorization: Bearer gw_" in answer.status.message
    assert len(spool.stored) == 1


def test_the_door_is_never_open_to_other_machines(spool: MemorySpool, control: Control) -> None:
    """Bound to an address that others reach, a key is needed although nobody has been set up yet."""
    door = Door(control, is_loopback=False)
    http = HttpClient(http_app(Receiver(spool), door, max_body_bytes=1000, cors_origins=[]))
    assert _by_http(http, as_json=True)(Signal.TRACES, {}).code == code_pb2.UNAUTHENTICATED
    assert spool.stored == []


@pytest.mark.parametrize("signal", Signal)
def test_the_key_decides_the_project(
    send: Send, spool: MemorySpool, control: Control, signal: Signal
) -> None:
    """A key sends into its own project, also where the header names the same."""
    _, text = key(control, "shop")
    close(control)
    for headers in (bearer(text), bearer(text, **{"x-groundwire-project": "shop"})):
        assert send(signal, headers).code == code_pb2.OK
    assert {stored.project for stored in spool.stored} == {"shop"}


def test_a_key_counts_while_the_door_is_open(
    send: Send, spool: MemorySpool, control: Control
) -> None:
    """Also before anybody is set up a key decides the project, and a wrong one is refused."""
    _, text = key(control, "shop")
    assert send(Signal.TRACES, bearer(text)).code == code_pb2.OK
    assert spool.only.project == "shop"
    assert send(Signal.TRACES, bearer("gw_nonsense")).code == code_pb2.UNAUTHENTICATED


def test_a_project_that_is_another_is_denied_alike(
    send: Send, spool: MemorySpool, control: Control
) -> None:
    """The answer is the same whether the project that a header names exists or not."""
    _, text = key(control, "shop")
    key(control, "bank")
    close(control)
    answers = [
        send(Signal.LOGS, bearer(text, **{"x-groundwire-project": name}))
        for name in ("bank", "nowhere")
    ]
    assert answers[0] == answers[1]
    assert answers[0].code == answers[0].status.code == code_pb2.PERMISSION_DENIED
    assert spool.stored == []


@pytest.mark.parametrize("scope", [s for s in KeyScope if s is not KeyScope.INGEST])
def test_other_scopes_do_not_send(
    send: Send, spool: MemorySpool, control: Control, scope: KeyScope
) -> None:
    """A key without the scope `ingest` sends nothing, and is told which it lacks."""
    _, text = key(control, "shop", scope)
    answer = send(Signal.TRACES, bearer(text))
    assert answer.code == code_pb2.PERMISSION_DENIED
    assert "`ingest`" in answer.status.message
    assert spool.stored == []


def test_a_publishable_key_does_not_send(send: Send, spool: MemorySpool, control: Control) -> None:
    """What a browser holds gives feedback over the API and sends no data."""
    _, text = key(control, "shop")
    page = control.keys.publishable(control.keys.caller(text), ttl=timedelta(hours=1))
    assert send(Signal.TRACES, bearer(page)).code == code_pb2.PERMISSION_DENIED
    assert spool.stored == []


def test_ended_keys_are_refused_at_once(send: Send, spool: MemorySpool, control: Control) -> None:
    """A key that has expired, been revoked, or was never made is refused, all in the same words."""
    revoked_id, revoked = key(control, "shop")
    expired_id, expired = key(control, "shop", expires_at=now() + timedelta(hours=1))
    assert send(Signal.TRACES, bearer(revoked)).code == code_pb2.OK
    with control.database.session() as session:
        keys.revoke_key(session, revoked_id)
        keys.get_key(session, expired_id).expires_at = now() - timedelta(milliseconds=1)
    answers = [
        send(Signal.TRACES, bearer(text))
        for text in (revoked, expired, f"gw_{'0' * 16}_{'0' * 64}", revoked[:-1] + "x")
    ]
    assert {answer.code for answer in answers} == {code_pb2.UNAUTHENTICATED}
    assert len({answer.status.message for answer in answers}) == 1
    assert len(spool.stored) == 1


def test_a_rotated_key_works_on_beside_its_successor(
    send: Send, spool: MemorySpool, control: Control
) -> None:
    """Rotation takes no restart: the new key works at once, the old one until its grace period ends."""
    old_id, old = key(control, "shop")
    with control.database.session() as session:
        _, new = keys.rotate_key(session, old_id, grace=timedelta(hours=1))
    for text in (old, new):
        assert send(Signal.TRACES, bearer(text)).code == code_pb2.OK
    assert [stored.project for stored in spool.stored] == ["shop", "shop"]


def test_the_database_may_be_away(
    send: Send, spool: MemorySpool, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known keys work on; for others the sender is asked to come back, as nothing is known against them."""
    _, known = key(control, "shop")
    _, other = key(control, "shop")
    close(control)
    assert send(Signal.TRACES, bearer(known)).code == code_pb2.OK
    control.database.close()
    monkeypatch.setattr(control.database._engine.dialect, "connect", _refuse)
    assert send(Signal.TRACES, bearer(known)).code == code_pb2.OK
    answer = send(Signal.TRACES, bearer(other))
    assert answer.code == answer.status.code == code_pb2.UNAVAILABLE
    assert answer.status.details[0].Is(error_details_pb2.RetryInfo.DESCRIPTOR)
    assert len(spool.stored) == 2


def _refuse(*_: Any, **__: Any) -> None:
    import sqlite3  # noqa: PLC0415 - the driver's own error

    raise sqlite3.OperationalError("unable to open database file")


def test_refusals_are_logged_without_the_key(
    send: Send, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator sees that something is refused, and never which secret was sent."""
    _, text = key(control, "shop", KeyScope.READ)
    with caplog.at_level(logging.DEBUG):
        send(Signal.TRACES, bearer(text))
        send(Signal.TRACES, bearer("gw_secretnonsense"))
    assert "Denied" in caplog.text
    assert "Unauthenticated" in caplog.text
    assert text not in caplog.text
    assert "secretnonsense" not in caplog.text


def test_the_body_is_not_read_without_a_key(http: HttpClient, control: Control) -> None:
    """Who may not send is refused before the first byte of a body is taken."""
    close(control)

    async def body() -> Any:
        raise AssertionError("the body was read")
        yield b""

    answer = http.post("/v1/traces", content=body(), headers={"content-type": "application/json"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("127.0.0.1:4318", 200),
        ("localhost", 200),
        ("[::1]:4318", 200),
        ("evil.example:4318", 403),
        ("127.0.0.1.evil.example", 403),
    ],
)
def test_pages_reach_an_open_door_by_its_own_name_only(
    http: HttpClient, spool: MemorySpool, host: str, code: int
) -> None:
    """A web page whose name was made to resolve to this machine cannot send; other programs may use any name."""
    body = EXAMPLES[Signal.TRACES][0].SerializeToString()
    headers = {"content-type": "application/x-protobuf", "host": host}
    page = http.post("/v1/traces", content=body, headers={**headers, "origin": f"http://{host}"})
    assert page.status_code == code
    assert http.post("/v1/traces", content=body, headers=headers).status_code == 200
    assert len(spool.stored) == (2 if code == 200 else 1)
