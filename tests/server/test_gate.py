"""The door: who is let in, as whom, and what the others are told."""

import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from storage.control.access import KeyScope
from storage.control.control import Control
from storage.control.database import ControlUnavailable
from storage.control.keys import create_key, revoke_key
from tests.server.sign_in.conftest import LOCAL, PUBLIC, House, name_of


@pytest.fixture
def house(control: Control) -> House:
    """Return a server that listens on loopback; nobody is set up."""
    return House(control)


def key_of(control: Control, *scopes: KeyScope, name: str = "app") -> tuple[str, str]:
    """Make a key of the project default; return its id and its text."""
    with control.database.session() as session:
        key, text = create_key(session, "default", name, scopes, created_by="op")
        return key.id, text


def bearer(text: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"authorization": f"Bearer {text}"}


def error_of(answer: Any, status: int) -> dict[str, str]:
    """Return the error of an answer, after a look at its form."""
    assert answer.status_code == status, answer.text
    error: dict[str, str] = answer.json()["error"]
    assert set(error) == {"code", "message", "hint"}
    return error


def test_nobody_set_up_means_no_sign_in(house: House) -> None:
    """On loopback, before anybody is set up, every request is the local caller's."""
    for host in ("127.0.0.1:4319", "localhost:4319", "[::1]:4319", "localhost"):
        assert name_of(house.browser(f"http://{host}")) == "local"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4319", "127.0.0.1.evil.example", "localhost.evil", "10.0.0.7", ""]
)  # fmt: skip
def test_a_foreign_name_is_refused_while_open(house: House, host: str) -> None:
    """Without sign-in, a request for a name that is not this machine's gets nothing: not by rebinding DNS either."""
    browser = house.browser(LOCAL)
    told = error_of(browser.get("/api/v1/traces", headers={"host": host, "accept": "*/*"}), 403)

    assert "groundwire admin create EMAIL" in told["hint"]
    page = browser.get("/ui/", headers={"host": host})
    assert page.status_code == 403
    assert page.headers["content-type"].startswith("text/html")
    assert browser.post("/set-up", headers={"host": host}, data={}).status_code == 403


def test_listening_elsewhere_is_never_open(control: Control) -> None:
    """A port that others can reach is closed, also with nobody set up, and also to this machine."""
    browser = House(control, is_loopback=False).browser()

    assert name_of(browser) is None
    assert browser.get("/set-up").headers["location"].startswith("/sign-in")


def test_one_person_closes_the_door(house: House) -> None:
    """As soon as somebody is set up, nobody is the local caller any more, whatever they call the server."""
    assert name_of(house.browser()) == "local"

    house.person("op@example.com", is_operator=True)

    assert name_of(house.browser()) is None
    assert name_of(house.browser(PUBLIC)) is None
    assert name_of(house.signed_in("op@example.com", PUBLIC)) == "op@example.com"


def test_programs_are_told_401(house: House) -> None:
    """Without a session or key the API answers 401 in its own form, with the scheme that it wants."""
    house.person("op@example.com")
    answer = house.browser().get("/api/v1/traces")

    told = error_of(answer, 401)
    assert told["code"] == "not_signed_in"
    assert "Authorization: Bearer" in told["hint"]
    assert answer.headers["www-authenticate"] == "Bearer"
    answer = house.browser(accept="*/*").get("/ui/data/traces")
    assert answer.status_code == 401


def test_people_are_led_to_the_sign_in_page(house: House) -> None:
    """A page that needs a session leads to the sign-in page and, after that, back."""
    house.person("op@example.com")

    answer = house.browser().get("/ui/traces?q=a%26b&live=1")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fui%2Ftraces%3Fq%3Da%2526b%26live%3D1"
    shown = house.browser().get(answer.headers["location"])
    assert 'name="next" value="/ui/traces?q=a%26b&amp;live=1"' in shown.text
    posted = house.browser().post("/account/password", data={})
    assert posted.headers["location"] == "/sign-in?next=%2F"


@pytest.mark.parametrize(
    "path",
    [
        "/", "/ui", "/ui/", "/ui/data/traces", "/ui/assets/00_tokens.css", "/metrics", "/api/v1/docs",
        "/api/v1/openapi.json", "/account/password", "/set-up", "/sign-in/", "/sign-in/x", "/Sign-in", "//sign-in",
        "/invite", "/oidc", "/healthz/", "/sign-in%2f..%2fui/", "/.",
    ],
)  # fmt: skip
def test_nothing_else_is_anybodys(house: House, path: str) -> None:
    """Nothing but the pages that lead in is answered without a caller, by whatever spelling."""
    house.person("op@example.com")

    answer = house.browser(accept="*/*").get(path)

    assert answer.status_code == 401, path


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_anybodys(house: House, path: str) -> None:
    """An orchestrator asks without a key, by whatever name; behind the door there is no caller then."""
    house.person("op@example.com")

    answer = house.browser("http://10.0.0.7:4319").get(path)

    assert error_of(answer, 401)["message"] == "sign in, or send an API key"


@pytest.mark.parametrize("is_open", [True, False])
def test_a_key_is_who_it_is(house: House, *, is_open: bool) -> None:
    """A key's request is the key's, in both modes, whatever cookie comes with it."""
    _, text = key_of(house.control, KeyScope.READ)
    browser = house.browser()
    if not is_open:
        house.person("op@example.com")
        browser = house.signed_in("op@example.com")

    answer = browser.get("/api/v1/x", headers={**bearer(text), "accept": "*/*"})

    assert answer.json() == {"kind": "key", "name": "app"}


def test_a_key_that_is_wrong_or_revoked_is_refused(house: House) -> None:
    """Neither a made-up key nor one that was revoked a moment ago lets anybody in, also where no key is needed."""
    key_id, text = key_of(house.control, KeyScope.READ)
    browser = house.browser(accept="*/*")
    assert browser.get("/api/v1/x", headers=bearer(text)).status_code == 200

    with house.control.database.session() as session:
        revoke_key(session, key_id)

    for shown in (text, "gw_0000000000000000_" + "0" * 64, "a-made-up-one", text[:-1]):
        answer = browser.get("/api/v1/x", headers=bearer(shown))
        told = error_of(answer, 401)
        assert told["message"] == "this API key is not valid: it is wrong, revoked or expired"
        assert shown not in answer.text


def test_a_publishable_key_gives_feedback_alone(house: House) -> None:
    """A token for browsers is let in to give feedback, and to nothing else."""
    _, text = key_of(house.control, KeyScope.FEEDBACK)
    keys = house.control.keys
    token = keys.publishable(keys.caller(text), ttl=timedelta(minutes=5))
    browser = house.browser(accept="*/*")

    answer = browser.post("/api/v1/evaluations", headers=bearer(token))

    assert answer.json()["kind"] == "page"
    for path in ("/api/v1/evaluations", "/api/v1/me", "/metrics", "/ui/"):
        assert browser.get(path, headers=bearer(token)).status_code == 403


def test_another_scheme_of_authorization_is_none_of_ours(house: House) -> None:
    """What a proxy in front asks of its users, such as a password by Basic, is left alone."""
    answer = house.browser().get("/api/v1/x", headers={"authorization": "Basic eDp5"})

    assert answer.json()["name"] == "local"


CROSS = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:4319"},
    {"sec-fetch-site": "anything"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:4319.evil.example"},
    {"origin": "http://localhost:4319"},
    {"origin": "http://[bad"},
]
SAME = [
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
    {"origin": "http://127.0.0.1:4319"},
    {},
]


@pytest.mark.parametrize("said", CROSS)
@pytest.mark.parametrize(
    "path", ["/api/v1/evaluations", "/ui/_dash-update-component", "/sign-in", "/set-up"]
)
def test_other_sites_change_nothing(house: House, path: str, said: dict[str, str]) -> None:
    """A request that another site's page makes is refused, with a session or in open mode, signing in included."""
    assert house.browser(accept="*/*").post(path, headers=said).status_code == 403
    house.person("op@example.com")
    browser = house.signed_in("op@example.com")

    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = browser.request(method, path, headers={**said, "accept": "*/*"})
        assert error_of(answer, 403)["message"] == "another site's page sent this request"
    page = browser.post(path, headers=said).text
    assert ("request is refused" in page) is (not path.startswith("/api/"))


@pytest.mark.parametrize("said", SAME)
def test_our_own_pages_and_programs_may(house: House, said: dict[str, str]) -> None:
    """Our own pages' requests pass, and so do those of programs, which say nothing of an origin."""
    assert house.browser().post("/api/v1/evaluations", headers=said).status_code == 200
    house.person("op@example.com")

    answer = house.signed_in("op@example.com").post("/api/v1/evaluations", headers=said)

    assert answer.json()["name"] == "op@example.com"


@pytest.mark.parametrize("said", CROSS)
def test_reading_is_not_refused(house: House, said: dict[str, str]) -> None:
    """A link from another site to a page works; browsers keep its content from that site."""
    assert house.browser().get("/ui/", headers=said).status_code == 200


def test_a_key_may_come_from_any_site(house: House) -> None:
    """A browser on another site sends a key on purpose; no cookie of a person is behind it."""
    house.person("op@example.com")
    _, text = key_of(house.control, KeyScope.FEEDBACK)

    answer = house.browser(accept="*/*").post(
        "/api/v1/evaluations", headers={**bearer(text), "sec-fetch-site": "cross-site"}
    )

    assert answer.json()["kind"] == "key"


def test_a_browser_may_ask_before_it_sends_a_key(house: House) -> None:
    """A preflight carries no key, so it passes; without a caller, nothing behind the door tells it anything."""
    house.person("op@example.com")

    answer = house.browser(accept="*/*").options(
        "/api/v1/evaluations",
        headers={"origin": "https://app.example", "access-control-request-method": "POST"},
    )

    assert error_of(answer, 401)["message"] == "sign in, or send an API key"


def test_behind_a_proxy_the_public_address_counts(control: Control) -> None:
    """Where a proxy tells another host, a form of our own public address is still ours."""
    house = House(control, public_url=PUBLIC)
    house.person("op@example.com")
    browser = house.browser("http://10.0.0.7:4319")

    own = browser.post("/sign-in", headers={"origin": PUBLIC}, data={"email": "x"})
    other = browser.post(
        "/sign-in", headers={"origin": "https://evil.example"}, data={"email": "x"}
    )

    assert "is wrong" in own.text
    assert "another site" in other.text


def test_a_control_database_that_is_away_is_said(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nobody can be looked up, programs get 503 and people a page; health is answered."""

    def away() -> bool:
        raise ControlUnavailable("the control database does not answer")

    monkeypatch.setattr(house.control, "is_open", away)

    answer = house.browser(accept="*/*").get("/api/v1/traces")
    assert error_of(answer, 503)["message"] == "the control database does not answer"
    assert answer.headers["retry-after"] == "1"
    page = house.browser().get("/ui/traces")
    assert page.status_code == 503
    assert 'href="/ui/traces"' in page.text
    assert house.browser().get("/healthz").status_code == 401


def test_web_sockets_are_refused(house: House) -> None:
    """There is no way in beside the door."""
    with (
        pytest.raises(WebSocketDisconnect),
        TestClient(house.app).websocket_connect("/ui/_dash-ws"),
    ):
        pass


@pytest.mark.engine
def test_requests_in_a_row_on_one_connection_share_no_caller(tmp_path: Path) -> None:
    """A request that is sent before the one ahead of it is answered is asked for its own key."""
    from tests.engine import running_server  # noqa: PLC0415 - starts the program

    with (
        running_server(tmp_path) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection,
    ):
        host = f"host: 127.0.0.1:{server.port}\r\n"
        first = f"GET /api/v1/me HTTP/1.1\r\n{host}\r\n"
        last = (
            f"GET /metrics HTTP/1.1\r\n{host}authorization: Bearer x\r\nconnection: close\r\n\r\n"
        )
        connection.sendall((first + last).encode())
        said = b""
        while piece := connection.recv(65536):
            said += piece
    assert said.count(b"HTTP/1.1 200") == 1
    assert said.count(b"HTTP/1.1 401") == 1
