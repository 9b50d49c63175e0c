"""Projects, members, keys and people over the API: what each change does, who may make it, and what is written down."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
from fastapi.testclient import TestClient

from collector.counters import Counters
from server.api import create_api
from server.api.cross_origin import FEEDBACK_PATH, FeedbackFromPages
from storage.client import Engine
from storage.control import members, people
from storage.control.access import (
    LOCAL,
    OF_KEY_SCOPE,
    OF_ROLE,
    Caller,
    KeyScope,
    NotSignedIn,
    Permission,
    Role,
)
from storage.control.control import Control
from storage.control.models import ApiKey
from storage.control.projects import ensure_project
from tests.callers import asking_as
from tests.server.api.test_api import error_of

pytestmark = pytest.mark.engine


@dataclass
class Office:
    """The API, asked by whom one likes; the project `shop`."""

    client: TestClient
    control: Control

    def ask(self, caller: Caller, method: str, path: str, **options: Any) -> Any:
        """Send a request as a caller."""
        with asking_as(caller):
            return self.client.request(
                method, path, headers={"x-groundwire-project": "shop"}, **options
            )

    def ok(self, caller: Caller, method: str, path: str, **options: Any) -> Any:
        """Send a request that works; return its JSON, None where it has none."""
        answer = self.ask(caller, method, path, **options)
        assert 200 <= answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def person(self, email: str, role: Role | None = None) -> str:
        """Make a person, a member of `shop` if there is a role; return the id."""
        with self.control.database.session() as session:
            made = people.create_person(session, email, password="a sentence that is long")  # noqa: S106 - nobody's
            if role:
                members.set_member(session, "shop", made.id, role)
            return made.id

    def key(self, caller: Caller, *scopes: str) -> Any:
        """Make a key of `shop`."""
        return self.ok(caller, "POST", "keys", json={"name": "app", "scopes": scopes})


@pytest.fixture
def office(engine: Engine, control: Control) -> Iterator[Office]:
    """Return the API over an empty control database."""
    ensure_project(control.database, "shop")
    app = create_api(engine, Counters(), control, public_url="https://traces.example.com")
    with TestClient(app, base_url="http://test/api/v1", raise_server_exceptions=False) as client:
        yield Office(client, control)


def admin(role: Role = Role.ADMIN) -> Caller:
    """Return a member of `shop`."""
    return Caller("person", "p1", f"{role}@example.com", {"shop": OF_ROLE[role]})


def a_key(*scopes: KeyScope) -> Caller:
    """Return a caller with a key of `shop`."""
    granted = frozenset[Permission]().union(*(OF_KEY_SCOPE[scope] for scope in scopes))
    return Caller("key", "k1", "test key", {"shop": granted})


OPERATOR = Caller("person", "p0", "op@example.com", is_operator=True)


def test_a_key_is_shown_once(office: Office) -> None:
    """The secret is in the answer to its making; lists, the audit log and the database hold none of it."""
    made = office.key(admin(), "ingest", "read")
    secret = made["secret"]
    assert secret.startswith(f"gw_{made['key']['id']}_")
    assert office.control.keys.caller(secret).grants == {
        "shop": OF_KEY_SCOPE[KeyScope.INGEST] | OF_KEY_SCOPE[KeyScope.READ]
    }
    random_part = secret.split("_")[2]
    for path in ("keys", "audit"):
        assert random_part not in office.ask(admin(), "GET", path).text
    with office.control.database.reading() as session:
        kept = session.get(ApiKey, made["key"]["id"])
        assert kept
        assert random_part not in str(vars(kept))
    (listed,) = office.ok(admin(), "GET", "keys")["keys"]
    assert (listed["name"], listed["state"], listed["scopes"]) == (
        "app",
        "active",
        ["ingest", "read"],
    )
    assert listed["created_by"] == "admin@example.com"


def test_the_page_of_the_api_runs_named_scripts_alone(office: Office) -> None:
    """What is drawn with scripts of another host runs those that are named to the byte, for they act as the reader."""
    page = office.ask(admin(), "GET", "docs")

    sources = re.findall(
        r'<(?:script src|link rel="stylesheet" href)="(https:[^"]+)"([^>]*)', page.text
    )
    assert len(sources) == 2
    assert all("integrity=" in rest and re.search(r"@\d+\.\d+\.\d+/", url) for url, rest in sources)
    (inline,) = re.findall(r"<script>(.*?)</script>", page.text)
    policy = page.headers["content-security-policy"]
    assert b64encode(sha256(inline.encode()).digest()).decode() in policy
    assert "/api/v1/openapi.json" in inline


def test_a_revoked_key_ends_at_once(office: Office) -> None:
    """After the answer to its revocation it is of no use, and the list says so."""
    made = office.key(admin(), "ingest")
    office.control.keys.caller(made["secret"])
    office.ok(admin(), "DELETE", f"keys/{made['key']['id']}")
    with pytest.raises(NotSignedIn):
        office.control.keys.caller(made["secret"])
    (listed,) = office.ok(admin(), "GET", "keys")["keys"]
    assert listed["state"] == "revoked"


@pytest.mark.parametrize("number", ["1e300", "Infinity", "1e12"])
def test_a_time_beyond_all_bounds_is_refused(office: Office, number: str) -> None:
    """A grace period or a life that no clock can count is the sender's slip, and no defect."""
    key = office.key(admin(), "ingest")["key"]["id"]
    headers = {"x-groundwire-project": "shop", "content-type": "application/json"}
    for path, body in (
        (f"keys/{key}/rotate", f'{{"grace_hours": {number}}}'),
        ("keys/publishable", f'{{"key_id": "{key}", "ttl_minutes": {number}}}'),
    ):
        with asking_as(admin()):
            error_of(office.client.post(path, content=body, headers=headers), 400)


def test_a_rotated_key_has_a_successor(office: Office) -> None:
    """The new key may do the same; the old one works on for the grace period, or ends at once without one."""
    made = office.key(admin(), "ingest")
    path = f"keys/{made['key']['id']}/rotate"
    new = office.ok(admin(), "POST", path, json={"grace_hours": 1})
    for secret in (made["secret"], new["secret"]):
        assert office.control.keys.caller(secret).may(Permission.INGEST, "shop")
    path = f"keys/{new['key']['id']}/rotate"
    newest = office.ok(admin(), "POST", path, json={"grace_hours": 0})
    with pytest.raises(NotSignedIn):
        office.control.keys.caller(new["secret"])
    assert office.control.keys.caller(newest["secret"]).id == newest["key"]["id"]
    assert error_of(office.ask(admin(), "POST", path, json={}), 400)["hint"] == "make a new one"


@pytest.mark.parametrize(
    ("caller", "scope", "status"),
    [
        (admin(), "manage", 201),
        (a_key(KeyScope.MANAGE), "ingest", 201),
        (a_key(KeyScope.MANAGE), "feedback", 201),
        (a_key(KeyScope.MANAGE), "manage", 201),
        (a_key(KeyScope.MANAGE), "read", 403),
        (a_key(KeyScope.MANAGE, KeyScope.READ), "read", 201),
        (a_key(KeyScope.READ), "read", 403),
        (admin(Role.EDITOR), "ingest", 403),
    ],
)
def test_nobody_grants_more_than_they_have(
    office: Office, caller: Caller, scope: str, status: int
) -> None:
    """A key that may manage and not read makes none that reads, neither anew nor by rotation; nor a member."""
    sent = {"name": "new", "scopes": [scope]}
    assert office.ask(caller, "POST", "keys", json=sent).status_code == status
    other = office.key(admin(), scope)["key"]["id"]
    assert office.ask(caller, "POST", f"keys/{other}/rotate", json={}).status_code == status


def test_a_managing_key_makes_no_members(office: Office) -> None:
    """Every role reads; so a key that does not can neither set nor invite somebody, but can take them out."""
    person = office.person("a@example.com", Role.VIEWER)
    manager = a_key(KeyScope.MANAGE)
    member = {"email": "a@example.com", "role": "admin"}
    assert office.ask(manager, "PUT", "projects/shop/members", json=member).status_code == 403
    invited = {"email": "b@example.com", "role": "viewer"}
    assert office.ask(manager, "POST", "projects/shop/invitations", json=invited).status_code == 403
    office.ok(manager, "DELETE", f"projects/shop/members/{person}")


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "", "scopes": ["ingest"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": ["ingest"], "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "x", "scopes": ["ingest"], "expires": "2030-01-01T00:00:00Z"},
    ],
)
def test_a_key_that_cannot_be_is_refused(office: Office, sent: dict[str, Any]) -> None:
    """No name, no scope, an unknown one, an end in the past, a slip in a member's name: all say what to mend."""
    assert error_of(office.ask(admin(), "POST", "keys", json=sent), 400)["hint"]


def test_a_publishable_key_gives_feedback_alone(office: Office) -> None:
    """Made by a key of itself or by an admin of a named one; it is limited to a trace, and ends with its parent."""
    made = office.key(admin(), "ingest")
    parent = office.control.keys.caller(made["secret"])
    trace_id = "AB" * 16
    own = office.ok(parent, "POST", "keys/publishable", json={"trace_id": trace_id})
    named = {"key_id": made["key"]["id"], "ttl_minutes": 5}
    by_admin = office.ok(admin(), "POST", "keys/publishable", json=named)
    page = office.control.keys.caller(own["key"])
    assert (page.kind, page.trace_id) == ("page", trace_id.lower())
    assert page.grants == {"shop": frozenset({Permission.FEEDBACK})}
    assert error_of(office.ask(admin(), "POST", "keys/publishable", json={}), 400)["hint"]
    for ttl in (0, 24 * 60 + 1):
        sent = {"ttl_minutes": ttl}
        assert office.ask(parent, "POST", "keys/publishable", json=sent).status_code == 400
    office.ok(admin(), "DELETE", f"keys/{made['key']['id']}")
    for key in (own["key"], by_admin["key"]):
        with pytest.raises(NotSignedIn):
            office.control.keys.caller(key)
    assert error_of(office.ask(admin(), "POST", "keys/publishable", json=named), 400)["hint"]


def test_members_come_change_and_go(office: Office) -> None:
    """A role is in force with the next request; each change is written down with who made it."""
    person = office.person("a@example.com")
    for role in ("viewer", "editor"):
        sent = {"email": "A@Example.com", "role": role}
        assert office.ok(admin(), "PUT", "projects/shop/members", json=sent)["role"] == role
    (listed,) = office.ok(admin(), "GET", "projects/shop/members")["members"]
    assert (listed["email"], listed["role"]) == ("a@example.com", "editor")
    office.ok(admin(), "DELETE", f"projects/shop/members/{person}")
    assert office.ok(admin(), "GET", "projects/shop/members")["members"] == []
    assert office.ask(admin(), "DELETE", f"projects/shop/members/{person}").status_code == 404
    entries = office.ok(admin(), "GET", "audit")["entries"]
    assert [entry["action"] for entry in entries] == ["member.remove", "member.set", "member.set"]
    assert {entry["actor"] for entry in entries} == {"admin@example.com"}
    assert entries[1]["detail"] == {"role": "editor", "before": "viewer"}


def test_somebody_without_an_account_is_invited(office: Office) -> None:
    """The link is shown once and leads to the public address; who takes it up is a member."""
    sent = {"email": "new@example.com", "role": "annotator"}
    assert error_of(office.ask(admin(), "PUT", "projects/shop/members", json=sent), 400)["hint"]
    link = office.ok(admin(), "POST", "projects/shop/invitations", json=sent)["link"]
    assert link.startswith("https://traces.example.com/invite/")
    token = link.rpartition("/")[2]
    path = "projects/shop/invitations"
    assert token not in office.ask(admin(), "GET", path).text
    assert token not in office.ask(admin(), "GET", "audit").text
    with office.control.database.session() as session:
        person = people.accept(session, token, "New", "a sentence that is long")
        assert members.roles_of(session, person.id) == {"shop": Role.ANNOTATOR}
    assert office.ok(admin(), "GET", path)["invitations"] == []


def test_an_invitation_is_withdrawn(office: Office) -> None:
    """Its link works no more, and it is gone from the list."""
    sent = {"email": "new@example.com", "role": "viewer"}
    link = office.ok(admin(), "POST", "projects/shop/invitations", json=sent)["link"]
    (waiting,) = office.ok(admin(), "GET", "projects/shop/invitations")["invitations"]
    office.ok(admin(), "DELETE", f"projects/shop/invitations/{waiting['id']}")
    assert office.ok(admin(), "GET", "projects/shop/invitations")["invitations"] == []
    with (
        office.control.database.session() as session,
        pytest.raises(ValueError, match="does not work any more"),
    ):
        people.accept(session, link.rpartition("/")[2], "New", "a sentence that is long")


def test_operators_make_projects(office: Office) -> None:
    """They alone; the title can be changed by those who manage the project, the name by nobody."""
    sent = {"name": "bank", "title": "The bank"}
    assert office.ask(admin(), "POST", "projects", json=sent).status_code == 403
    assert office.ok(OPERATOR, "POST", "projects", json=sent)["title"] == "The bank"
    assert office.ask(OPERATOR, "POST", "projects", json=sent).status_code == 400
    names = [p["name"] for p in office.ok(OPERATOR, "GET", "projects")["projects"]]
    assert names == ["bank", "default", "shop"]
    assert [p["name"] for p in office.ok(admin(), "GET", "projects")["projects"]] == ["shop"]
    changed = office.ok(admin(), "PATCH", "projects/shop", json={"title": "Our shop"})
    assert changed["title"] == "Our shop"
    assert office.ask(admin(), "PATCH", "projects/shop", json={"name": "x"}).status_code == 400


def test_operators_look_after_people(office: Office) -> None:
    """They disable, make operators, end sessions and hand out links to new passwords; each is written down."""
    person = office.person("a@example.com", Role.VIEWER)
    path = f"people/{person}"
    with office.control.database.reading() as session:
        epoch = people.get_person(session, person).session_epoch
    for change in ({"is_operator": True}, {"end_sessions": True}, {"is_operator": True}):
        office.ok(OPERATOR, "PATCH", path, json=change)
    refused = error_of(office.ask(OPERATOR, "PATCH", path, json={"is_disabled": True}), 400)
    assert "last operator" in refused["message"]
    office.person("b@example.com")
    link = office.ok(OPERATOR, "POST", f"{path}/reset-link")["link"]
    with office.control.database.session() as session:
        assert people.get_person(session, person).session_epoch > epoch
        people.accept(session, link.rpartition("/")[2], "", "another long sentence")
    (first, _) = office.ok(OPERATOR, "GET", "people")["people"]
    assert (first["email"], first["projects"]) == ("a@example.com", {"shop": "viewer"})
    entries = office.ok(OPERATOR, "GET", "audit", params={"everything": True})["entries"]
    assert [e["action"] for e in entries] == [
        "person.reset_link",
        "person.end_sessions",
        "person.operator",
    ]
    assert link.rpartition("/")[2] not in str(entries)
    assert error_of(office.ask(admin(), "GET", "people"), 403)["code"] == "forbidden"


def test_what_is_undone_is_not_written_down(office: Office) -> None:
    """A change and its entry stand or fall together."""
    assert office.ask(OPERATOR, "PATCH", "people/nobody", json={}).status_code == 404
    made = office.key(admin(), "ingest")
    path = f"keys/{made['key']['id']}/rotate"
    assert office.ask(admin(), "POST", path, json={"grace_hours": 10_000}).status_code == 400
    assert [e["action"] for e in office.ok(admin(), "GET", "audit")["entries"]] == ["key.create"]


def test_the_audit_log_comes_by_page(office: Office) -> None:
    """The newest first; of one's own project alone; `before` goes on."""
    for _ in range(3):
        office.key(admin(), "ingest")
    office.ok(OPERATOR, "POST", "projects", json={"name": "bank"})
    first = office.ok(admin(), "GET", "audit", params={"limit": 2})
    rest = office.ok(admin(), "GET", "audit", params={"before": first["next_before"]})
    ids = [entry["id"] for entry in [*first["entries"], *rest["entries"]]]
    assert len(ids) == 3
    assert ids == sorted(ids, reverse=True)
    assert rest["next_before"] is None
    assert office.ask(admin(), "GET", "audit", params={"everything": True}).status_code == 403


def test_me_says_who_asks_and_what_they_may(office: Office) -> None:
    """A member, a key, whoever is here without sign-in, and somebody who is a member of nothing."""
    member = office.ok(admin(Role.EDITOR), "GET", "me")
    assert (member["home"], member["is_operator"]) == ("shop", False)
    assert member["projects"][0]["permissions"] == ["annotate", "edit", "read"]
    assert office.ok(a_key(KeyScope.FEEDBACK), "GET", "me")["kind"] == "key"
    local = office.ok(LOCAL, "GET", "me")
    assert (local["home"], local["kind"]) == ("default", "local")
    stranger = office.ok(Caller("person", "p9", "x@example.com"), "GET", "me")
    assert (stranger["home"], stranger["projects"]) == (None, [])


def test_without_a_caller_nothing_is_answered(office: Office) -> None:
    """An app that is asked past the door refuses, and says how to sign in."""
    answer = office.client.get("me")
    assert error_of(answer, 401)["code"] == "not_signed_in"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_pages_of_other_origins_may_give_feedback_alone(engine: Engine, control: Control) -> None:
    """A browser may send a key to the one route from any origin, without cookies; reading and all else stay closed."""
    app = FeedbackFromPages(create_api(engine, Counters(), control))
    asked = {
        "origin": "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    with TestClient(app) as client:
        preflight = client.options(FEEDBACK_PATH, headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in preflight.headers
        refused = client.post(FEEDBACK_PATH, headers={"origin": "https://shop.example"}, json={})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "*"
        for method, path in (("GET", FEEDBACK_PATH), ("POST", "/api/v1/keys")):
            other = client.request(method, path, headers={"origin": "https://shop.example"})
            assert "access-control-allow-origin" not in other.headers
            asked["access-control-request-method"] = method
        delete = {**asked, "access-control-request-method": "DELETE"}
        assert client.options(FEEDBACK_PATH, headers=delete).status_code == 400
