"""Two projects with the same of everything, the whole server over them, and everybody who may ask."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from starlette.testclient import TestClient
from starlette.types import ASGIApp

from collector.service import Collector, CollectorOptions
from server.settings import Settings
from server.web import make_web_app
from storage.client import Engine
from storage.control import audit, invitations, keys, members, people, projects
from storage.control.access import LOCAL as SETTER_UP
from storage.control.access import OF_KEY_SCOPE, OF_OPERATOR, OF_ROLE, KeyScope, Permission, Role
from storage.control.control import Control, default_url, open_control
from tests.engine import wait_until
from tests.world import World

PASSWORD: Final = "correct horse battery"  # noqa: S105 - of people who do not exist
ORIGIN: Final = "http://127.0.0.1:4319"
WINDOW: Final = {"start": "2025-05-31T00:00:00Z", "end": "2025-06-03T00:00:00Z"}
RANGE: Final = {"from": "2025-05-31T00:00:00Z", "to": "2025-06-03T00:00:00Z"}
"""The same for the pages' own endpoints."""
RECOST: Final = {"start": WINDOW["start"], "end": WINDOW["end"]}


def price_of(name: str) -> dict[str, Any]:
    """Return a price whose texts hold `name`, as it is sent."""
    return {
        "model": f"{name}-model-{secrets.token_hex(4)}",
        "valid_from": WINDOW["start"],
        "rates": {"input": "1", "output": "2"},
        "note": f"{name} agreed",
    }


@dataclass(frozen=True)
class Side:
    """A project, and the name or id of one of everything that it has. Every text of it holds `project`."""

    project: str
    trace_id: str
    span_id: str
    session_id: str
    key_id: str
    person_id: str
    email: str
    invitation_id: str
    queue_id: str
    item_id: str
    budget_id: str
    price_id: str
    recost_id: str
    backfill_id: str
    evaluation_id: str
    evaluation_name: str
    user: str
    model: str
    attribute: str
    cursors: Mapping[str, str] = field(default_factory=dict, compare=False)
    """`next_cursor` of each list, by its path."""

    def words(self) -> dict[str, str]:
        """Return what nobody else may learn, by what it is."""
        named = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "cursors"}
        return {**named, **{f"cursor of {path}": text for path, text in self.cursors.items()}}


def ghost() -> Side:
    """Return a project that is not there, with nothing in it."""
    name = f"g{secrets.token_hex(6)}"
    return Side(
        project=name,
        trace_id=secrets.token_hex(16),
        span_id=secrets.token_hex(8),
        session_id=f"{name}-session",
        key_id=secrets.token_hex(8),
        person_id=secrets.token_hex(8),
        email=f"viewer@{name}.example",
        invitation_id=secrets.token_hex(32),
        queue_id=secrets.token_hex(8),
        item_id="987654321",
        budget_id=secrets.token_hex(8),
        price_id=secrets.token_hex(8),
        recost_id="987654321",
        backfill_id="987654321",
        evaluation_id=f"{name}-evaluation",
        evaluation_name=f"{name}-score",
        user=f"{name}-user",
        model=f"{name}-model",
        attribute=f"{name}.attribute",
    )


@dataclass(frozen=True)
class Guest:
    """Somebody who asks: what they send along, and what they may do in which project."""

    name: str
    headers: Mapping[str, str]
    permissions: frozenset[Permission] = frozenset()
    """In the first project."""
    is_operator: bool = False
    is_person: bool = False
    is_page: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the server knows who it is."""
        return bool(self.headers)


@dataclass
class Estate:
    """The server, the projects `ours` and `theirs`, and everybody who has to do with them."""

    app: ASGIApp
    client: TestClient
    engine: Engine
    control: Control
    collector: Collector
    ours: Side
    theirs: Side
    guests: dict[str, Guest]
    """Those of our project by what they are; `operator`, `outsider` and `nobody`."""
    neighbours: dict[str, Guest]
    """Those of theirs."""

    def ask(self, guest: Guest, method: str, path: str, **options: Any) -> Any:
        """Send a request as a guest; return the answer."""
        self.client.cookies.clear()
        headers = {**guest.headers, **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, follow_redirects=False, **options)


@contextmanager
def standing(engine: Engine, directory: Path) -> Iterator[Estate]:
    """Build all of it for the length of a test module."""
    control = open_control(default_url(directory))
    ours, theirs = (f"{name}{secrets.token_hex(4)}" for name in ("alpha", "bravo"))
    for project in (ours, theirs):
        _fill(engine, control, project)
    collector = Collector(
        engine,
        control,
        CollectorOptions(
            data_dir=directory,
            host="127.0.0.1",
            http_port=0,
            grpc_port=0,
            max_request_bytes=1024**2,
            is_loopback=True,
        ),
    )
    collector.start()
    wait_until(lambda: collector.started, what="a collector")
    app = make_web_app(engine, collector, control, Settings(data_dir=directory))
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        yield _estate(app, client, engine, control, collector, ours, theirs)
    collector.stop()
    control.close()


def _estate(  # noqa: PLR0917 - the parts, in the order of the fields
    app: ASGIApp,
    client: TestClient,
    engine: Engine,
    control: Control,
    collector: Collector,
    ours: str,
    theirs: str,
) -> Estate:
    guests, neighbours = (_people_and_keys(client, control, project) for project in (ours, theirs))
    guests |= _of_no_project(client, control)
    found = Estate(app, client, engine, control, collector, ghost(), ghost(), guests, neighbours)
    found.ours = _side(found, guests["admin"], guests["every key scope"], ours)
    found.theirs = _side(found, neighbours["admin"], neighbours["every key scope"], theirs)
    return found


def _fill(engine: Engine, control: Control, project: str) -> None:
    """Store traces, log records and a session of a project; its name is in every text."""
    projects.ensure_project(control.database, project)
    world = World(engine, project)
    for number in range(3):
        trace_id = world.ask(
            f"{project} question {number}",
            f"{project} answer {number}",
            at_s=number,
            root={
                "session.id": f"{project}-session",
                "user.id": f"{project}-user",
                "tenant.id": f"{project}-tenant",
                f"{project}.attribute": f"{project}-value",
            },
            call={"gen_ai.request.model": f"{project}-model"},
        )
    span = next(s for s in world.traces.request.resource_spans[0].scope_spans[0].spans)
    world.save()
    world.log(trace_id, span.span_id.hex(), body=f"{project} log line")
    with control.database.session() as session:
        projects.set_title(session, project, f"The {project} project")


def _people_and_keys(client: TestClient, control: Control, project: str) -> dict[str, Guest]:
    guests = {}
    for role in Role:
        email = f"{role}@{project}.example"
        with control.database.session() as session:
            person = people.create_person(
                session, email, name=f"{project} {role}", password=PASSWORD
            )
            members.set_member(session, project, person.id, role)
        guests[str(role)] = _person(client, str(role), email, OF_ROLE[role])
    for scope in KeyScope:
        guests[f"key {scope}"] = _key(control, project, f"key {scope}", scope)
    guests["every key scope"] = _key(control, project, "every key scope", *KeyScope)
    parent = control.keys.caller(guests["key feedback"].headers["authorization"].split()[1])
    page = control.keys.publishable(parent, ttl=timedelta(hours=1))
    guests["publishable key"] = Guest(
        "publishable key",
        {"authorization": f"Bearer {page}"},
        frozenset({Permission.FEEDBACK}),
        is_page=True,
    )
    return guests


def _of_no_project(client: TestClient, control: Control) -> dict[str, Guest]:
    with control.database.session() as session:
        people.create_person(session, "op@example.com", password=PASSWORD, is_operator=True)
        people.create_person(session, "outsider@example.com", password=PASSWORD)
    operator = _person(client, "operator", "op@example.com", OF_OPERATOR, is_operator=True)
    outsider = _person(client, "outsider", "outsider@example.com", frozenset())
    return {"operator": operator, "outsider": outsider, "nobody": Guest("nobody", {})}


def _person(
    client: TestClient,
    name: str,
    email: str,
    permissions: frozenset[Permission],
    *,
    is_operator: bool = False,
) -> Guest:
    """Sign in as people do."""
    answer = client.post(
        "/sign-in", data={"email": email, "password": PASSWORD}, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    cookies = "; ".join(f"{cookie}={value}" for cookie, value in client.cookies.items())
    client.cookies.clear()
    return Guest(name, {"cookie": cookies}, permissions, is_operator=is_operator, is_person=True)


def _key(control: Control, project: str, name: str, *scopes: KeyScope) -> Guest:
    with control.database.session() as session:
        _, secret = keys.create_key(
            session, project, f"{project} {name}", scopes, created_by=f"admin@{project}.example"
        )
    granted = frozenset[Permission]().union(*(OF_KEY_SCOPE[scope] for scope in scopes))
    return Guest(name, {"authorization": f"Bearer {secret}"}, granted)


def _side(estate: Estate, admin: Guest, key: Guest, project: str) -> Side:
    """Give a project an evaluation, a queue, an invitation and an audit entry, and name all that it has."""
    ask, control = estate.ask, estate.control
    traces = ask(admin, "GET", "/api/v1/traces").json()["traces"]
    trace_id = traces[0]["trace_id"]
    spans = ask(admin, "GET", f"/api/v1/traces/{trace_id}").json()["spans"]
    evaluation = {
        "id": f"{project}-evaluation",
        "name": f"{project}-score",
        "value": 0.5,
        "explanation": f"{project} explanation",
        "author": f"{project}-judge",
        "trace_id": trace_id,
    }
    more = {**evaluation, "id": f"{project}-evaluation-2", "trace_id": traces[1]["trace_id"]}
    given = ask(key, "POST", "/api/v1/evaluations", json={"evaluations": [evaluation, more]})
    assert given.status_code == 200, given.text
    criteria = [{"name": f"{project}-criterion", "kind": "boolean"}]
    queue = ask(
        admin, "POST", "/api/v1/queues", json={"name": f"{project} queue", "criteria": criteria}
    ).json()
    items = [{"trace_id": trace["trace_id"]} for trace in traces]
    filled = ask(admin, "POST", f"/api/v1/queues/{queue['id']}/items", json={"items": items})
    assert filled.status_code == 200, filled.text
    listed = ask(admin, "GET", f"/api/v1/queues/{queue['id']}/items").json()["items"]
    with control.database.session() as session:
        people.invite(
            session,
            f"invited@{project}.example",
            created_by=f"admin@{project}.example",
            project=project,
            role=Role.VIEWER,
        )
        (invitation,) = invitations.list_invitations(session, project)
        viewer = people.person_by_email(session, f"viewer@{project}.example")
        assert viewer
        key_id = keys.list_keys(session, project)[0].id
        audit.record(session, SETTER_UP, "project.title", project, project, title=project)
    return Side(
        project=project,
        trace_id=trace_id,
        span_id=next(span["span_id"] for span in spans if span["name"].startswith("chat")),
        session_id=f"{project}-session",
        key_id=key_id,
        person_id=viewer.id,
        email=viewer.email,
        invitation_id=invitation.token_hash,
        queue_id=queue["id"],
        item_id=str(listed[0]["id"]),
        budget_id=_budget(estate, admin, project),
        price_id=_made(ask(admin, "POST", "/api/v1/prices", json=price_of(project))),
        recost_id=_made(ask(admin, "POST", "/api/v1/recosts", json=RECOST)),
        backfill_id=_made(ask(admin, "POST", "/api/v1/evaluators/pii/backfills", json=RECOST)),
        evaluation_id=f"{project}-evaluation",
        evaluation_name=f"{project}-score",
        user=f"{project}-user",
        model=f"{project}-model",
        attribute=f"{project}.attribute",
        cursors=_cursors(estate, admin, queue["id"]),
    )


def _made(answer: Any) -> str:
    """Return the id of what a request made."""
    assert answer.status_code < 300, answer.text
    return str(answer.json()["id"])


def _budget(estate: Estate, admin: Guest, project: str) -> str:
    """Make a budget of each tenant; return its id."""
    sent = {"name": f"{project} budget", "dimension": "tenant", "value": "*", "period": "month"}
    made = estate.ask(admin, "POST", "/api/v1/budgets", json={**sent, "limit_usd": 5})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def _cursors(estate: Estate, admin: Guest, queue_id: str) -> dict[str, str]:
    """Return the cursor after the first row of each list."""
    lists = ("traces", "spans", "evaluations", f"queues/{queue_id}/items")
    found = {}
    for path in lists:
        page = estate.ask(admin, "GET", f"/api/v1/{path}", params={"limit": 1}).json()
        found[path.partition("/")[0]] = str(page["next_cursor"])
    session_id = estate.ask(admin, "GET", "/api/v1/sessions").json()["sessions"][0]["session_id"]
    path = f"/api/v1/sessions/{session_id}"
    turns = estate.ask(admin, "GET", path, params={"limit": 1}).json()
    found["turns"] = str(turns["next_cursor"])
    return found
