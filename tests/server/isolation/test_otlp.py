"""What is sent goes into the sender's own project, whatever the request says; over HTTP and gRPC."""

from collections.abc import Mapping

import grpc
import pytest

from collector.signals import Signal
from collector.stamp import Stamp, record
from tests.collector.otlp import EXAMPLES, HttpClient
from tests.engine import wait_until
from tests.samples import Traces
from tests.server.isolation.estate import Estate, Guest, ghost
from tests.server.isolation.routes import otlp_routes
from tests.server.isolation.test_routes import RULES, allowed

pytestmark = pytest.mark.engine

_CODES = {0: 200, 16: 401, 7: 403, 3: 400}


def send(
    estate: Estate, guest: Guest, route: str, headers: Mapping[str, str], body: bytes = b""
) -> tuple[int, str]:
    """Send a request of a route as a guest; return the status, as HTTP has it, and what was said."""
    name = route.rpartition(".")[2] if " " not in route else route.rpartition("/")[2]
    signal = next(
        s for s in Signal if name in (s.value, f"{s.protocol.service}/Export".rpartition(".")[2])
    )
    body = body or EXAMPLES[signal][0].SerializeToString()
    sent = {k: v for k, v in guest.headers.items() if k == "authorization"} | dict(headers)
    if route.startswith("POST "):
        app = estate.collector._http.config.app
        answer = HttpClient(app).post(
            f"/v1/{signal}",
            content=body,
            headers={"content-type": "application/x-protobuf", **sent},
        )
        return answer.status_code, answer.text
    with grpc.insecure_channel(f"127.0.0.1:{estate.collector.grpc_port}") as channel:
        call = channel.unary_unary(f"/{route}", request_serializer=None, response_deserializer=None)
        try:
            call(body, timeout=20, metadata=tuple(sent.items()))
        except grpc.RpcError as error:
            return _CODES[error.code().value[0]], str(error.details())
    return 200, ""


def test_everybody_can_send_what_the_page_says(estate: Estate) -> None:
    """Keys with the scope `ingest` send, nobody else does: no person, no other key."""
    for route in sorted(otlp_routes(estate)):
        for guest in estate.guests.values():
            status, said = send(estate, guest, route, {})
            known = "authorization" in guest.headers
            expected = 200 if allowed(RULES[route], guest) else 403 if known else 401
            assert status == expected, f"{guest.name} {route}: {said}"
    _wait_loaded(estate)


def test_another_project_cannot_be_named(estate: Estate) -> None:
    """Naming another project is refused in the same words whether it is there or not."""
    for route in sorted(otlp_routes(estate)):
        for guest in estate.guests.values():
            theirs, none = (
                send(estate, guest, route, {"x-groundwire-project": name})
                for name in (estate.theirs.project, ghost().project)
            )
            assert theirs == none
            assert theirs[0] in (401, 403), f"{guest.name} {route}"


def test_a_forged_stamp_counts_for_nothing(estate: Estate) -> None:
    """The spool's own fields, and attributes that name a project, do not carry a span into another project."""
    key, admin, operator = (estate.guests[name] for name in ("key ingest", "admin", "operator"))
    before = _spans(estate, estate.neighbours["admin"])
    traces = Traces()
    traces.span("forged", project="default", groundwire__project="default")
    stamp = Stamp(estate.theirs.project, received_unix_nano=1, accepted=1, rejected=0)
    forged = record(traces.body(), stamp)
    forged = forged[_length_of_prefix(forged) :]
    for route in ("POST /v1/traces", f"{Signal.TRACES.protocol.service}/Export"):
        assert send(estate, key, route, {}, forged)[0] == 200
    _wait_loaded(estate)
    assert "forged" in _spans(estate, admin)
    assert _spans(estate, estate.neighbours["admin"]) == before
    assert "forged" not in _spans(estate, operator)


def _wait_loaded(estate: Estate) -> None:
    """Wait until all that was sent can be read: other tests compare answers one after the other."""
    counts = estate.collector.counters.by_project
    wait_until(lambda: all(c.spooled == 0 for c in counts().values()), what="an empty spool")


def _length_of_prefix(message: bytes) -> int:
    """Return the bytes of the length in front of a message."""
    return next(i for i, byte in enumerate(message) if byte < 0x80) + 1


def _spans(estate: Estate, guest: Guest) -> list[str]:
    """Return the names of the spans in a guest's own project; of an operator, in `default`."""
    found = estate.ask(guest, "GET", "/api/v1/spans", params={"limit": 1000}).json()["spans"]
    return sorted(span["name"] for span in found)
