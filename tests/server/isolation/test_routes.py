"""Who may call each route, exactly as docs/reference/access.md says; and that nobody else learns of a project."""

import json
import re
from dataclasses import replace
from typing import Any, Final

import pytest

from storage.control.access import OF_KEY_SCOPE, OF_ROLE, KeyScope, Permission, Role
from tests.server.isolation.asking import HEADER, QUERY, UNSAID, ask, fresh
from tests.server.isolation.cases import CASES, Call
from tests.server.isolation.estate import Estate, Guest, Side, ghost
from tests.server.isolation.routes import PAGE, Rule, otlp_routes, rules, web_routes
from tests.thoroughness import THOROUGH

pytestmark = pytest.mark.engine

RULES: Final = rules()
ROUTES: Final = sorted(CASES)
FEEDBACK: Final = "POST /api/v1/evaluations"
_OF_KEYS: Final = frozenset().union(*OF_KEY_SCOPE.values())
"""What a key may do, with all scopes."""
_SHORTEST: Final = 8
"""Characters of a word that is looked for in answers: shorter ones are everywhere."""


def test_the_page_names_every_route(estate: Estate) -> None:
    """docs/reference/access.md says of every route what it needs, and of none that is not there."""
    assert set(RULES) == web_routes(estate) | otlp_routes(estate)


def test_every_route_has_a_case(estate: Estate) -> None:
    """A new route cannot go untested: say in cases.py how it is called."""
    assert set(CASES) == web_routes(estate)


def test_the_page_has_the_roles_and_scopes() -> None:
    """The tables of roles and key scopes say what storage.control.access grants."""
    assert _table("role") == {str(role): OF_ROLE[role] for role in Role}
    assert _table("scope") == {str(scope): OF_KEY_SCOPE[scope] for scope in KeyScope}


def _table(first: str) -> dict[str, frozenset[Permission]]:
    text = PAGE.read_text()
    (head,) = re.findall(rf"^\| {first} \| (.+) \|$", text, re.MULTILINE)
    names = [Permission(name.strip()) for name in head.split("|")]
    assert names == list(Permission)
    body = text.partition(f"| {first} | {head} |\n")[2].partition("\n")[2].partition("\n\n")[0]
    found = {}
    for line in body.splitlines():
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        assert set(cells) <= {"yes", ""}
        found[name] = frozenset(p for p, cell in zip(names, cells, strict=True) if cell)
    return found


def allowed(rule: Rule, guest: Guest) -> bool:
    """Tell what the page says: whether somebody may call a route in our project."""
    if rule.kind == "public":
        return True
    if not guest.is_known or rule.kind == "local":
        return False
    if guest.is_page and rule.route != FEEDBACK:
        return False
    if rule.kind == "permission":
        may = bool(guest.permissions & rule.any_of)
        # In cases.py a member becomes a viewer, who reads; a key gets the scope `ingest`, which all may grant.
        needs_read = "role" in rule.note or rule.note == "and read"
        return may and (not needs_read or Permission.READ in guest.permissions)
    return {"anyone": True, "person": guest.is_person, "operator": guest.is_operator}[rule.kind]


@pytest.mark.parametrize("route", ROUTES)
def test_everybody_can_do_what_the_page_says(estate: Estate, route: str) -> None:
    """Every role, every key scope, an operator, somebody without a project and nobody: all as the page has it."""
    answered = set()
    for guest in estate.guests.values():
        for number, call in enumerate(CASES[route]):
            if guest.is_person and not call.is_for_people:
                continue
            rule = _rule(route, call)
            may = allowed(rule, guest)
            side = fresh(estate, estate.ours, call.needs_fresh)
            project = HEADER if rule.kind == "permission" else UNSAID
            asked = _cut_short(call) if may and number in answered else call
            answer = ask(estate, guest, route, asked, side, project=project)
            about = f"{guest.name} {route}: {answer.text[:300]}"
            if may:
                assert _is_let_in(answer, route), about
                if route.startswith("GET"):
                    answered.add(number)
            else:
                assert answer.status_code in _refusals(rule, guest), about


def _cut_short(call: Call) -> Call:
    """Return a question that whoever is let in gets back for how it is put: one full answer of each kind is enough."""
    wrong = {"start": "at no time", "filter": "("}
    return replace(call, query=lambda side: {**call.query(side), **wrong})


def _rule(route: str, call: Call) -> Rule:
    """Return what the page says of one way to call a route."""
    rule = RULES[route]
    if call.needs is None:
        return rule
    assert call.needs in rule.any_of
    return replace(rule, any_of=frozenset({call.needs}))


def _is_let_in(answer: Any, route: str) -> bool:
    if route == "POST /sign-in":
        return bool(answer.status_code < 500)  # the case's password is wrong
    return answer.status_code not in (401, 403) and answer.status_code < 500


def _refusals(rule: Rule, guest: Guest) -> set[int]:
    if rule.kind in ("local", "person"):
        return {303, 401, 403, 404}
    return {403} if guest.is_known else {401}


@pytest.mark.parametrize("route", ROUTES)
def test_nobody_learns_anything_of_another_project(estate: Estate, route: str) -> None:
    """By no parameter, id, filter or cursor: another project's things are as if they were not there."""
    rule = RULES[route]
    before = None if route.startswith("GET") else _state(estate)
    for guest in _askers(estate, rule):
        for call in CASES[route]:
            for project in _ways(route, rule, guest):
                _assert_told_nothing(estate, guest, route, call, project)
    assert before is None or before == _state(estate)


def _assert_told_nothing(
    estate: Estate, guest: Guest, route: str, call: Call, project: str
) -> None:
    """Ask about their things and about things that are not there: nothing tells the answers apart."""
    nowhere = ghost()
    theirs = ask(estate, guest, route, call, estate.theirs, project=project)
    none = ask(estate, guest, route, call, nowhere, project=project)
    if route == FEEDBACK:
        _retract(estate, theirs, none)
    about = f"{guest.name} {route} {project}: {theirs.text[:300]} | {none.text[:300]}"
    assert _leaks(estate, call, theirs, project, route) == [], about
    assert theirs.status_code < 500, about
    if RULES[route].kind == "permission" and (project != UNSAID or "{project}" in route):
        assert theirs.status_code == 403, about
    if call.is_of_cursor:
        return
    assert theirs.status_code == none.status_code, about
    if theirs.status_code >= 400 or route.startswith("GET"):
        assert _plain(theirs, estate.theirs) == _plain(none, nowhere), about


def _retract(estate: Estate, *answers: Any) -> None:
    """Take back what was judged in our own project of traces that are not in it: other tests list what is there."""
    for answer in answers:
        if answer.status_code == 200:
            for judged in answer.json()["ids"]:
                estate.ask(estate.guests["admin"], "DELETE", f"/api/v1/evaluations/{judged}")


_STRANGERS: Final = frozenset({"viewer", "admin", "every key scope", "publishable key", "outsider"})
"""Who asks about another project: those with the least and the most rights. `make test-thorough` asks as everybody."""


def _askers(estate: Estate, rule: Rule) -> list[Guest]:
    if rule.kind == "public":
        return [estate.guests["nobody"]]
    if rule.kind == "person":
        return [estate.guests["viewer"]]
    known = {name for name in estate.guests if name not in ("operator", "nobody")}
    asking = known if THOROUGH else known & _STRANGERS
    return [guest for name, guest in estate.guests.items() if name in asking]


def _ways(route: str, rule: Rule, guest: Guest) -> tuple[str, ...]:
    """Return how a request may mean their project: by name, or by naming their things in one's own."""
    if rule.kind != "permission" or "{project}" in route:
        return (UNSAID,)
    by_name = (QUERY,) if "/ui/" in route else (HEADER, QUERY)
    # In one's own project, what one may do is all that people and keys differ in: the most will do.
    most = "admin" if "/ui/" in route or not _OF_KEYS & rule.any_of else "every key scope"
    asks = guest.name == most or (THOROUGH and guest.name in ("admin", "every key scope"))
    return (*by_name, UNSAID) if asks else by_name


def _leaks(estate: Estate, call: Call, answer: Any, project: str, route: str) -> list[str]:
    """Return what of their project an answer tells that was not in the question."""
    side = estate.theirs
    bodies = [None if make is None else dict(make(side)) for make in (call.body, call.form)]
    sent = json.dumps([dict(call.query(side)), bodies, str(answer.request.url), project])
    sent += side.project if project != UNSAID or "{project}" in route else ""
    told = answer.text + json.dumps(dict(answer.headers))
    return [
        what
        for what, word in side.words().items()
        if len(word) >= _SHORTEST and word in told and word not in sent
    ]


def _plain(answer: Any, side: Side) -> str:
    """Return an answer with the values of a side taken out, so that two of different sides can be compared."""
    # Dash gives each page that it writes an id of its own.
    text: str = re.sub(r'"end_id":"[^"]+"', "", answer.text)
    # Written down a moment after a key is used.
    text = re.sub(r'"last_used_at":("[^"]+"|null)', "", text)
    # When the store was read last.
    text = re.sub(r'"as_of":("[^"]+"|null)', "", text)
    text = re.sub(r'"lag_s":[0-9.e-]+', "", text)
    text = text.replace(f"item {side.item_id} ", "item <item_id> ")
    text = text.replace(f"recost {side.recost_id} ", "recost <recost_id> ")
    text = text.replace(f"backfill {side.backfill_id} ", "backfill <backfill_id> ")
    for what, word in sorted(side.words().items(), key=lambda item: -len(item[1])):
        if len(word) >= _SHORTEST:
            text = text.replace(word, f"<{what.partition(' ')[0]}>")
    return text


def _state(estate: Estate) -> list[str]:
    """Return what their admin sees: whatever anybody else tries, it stays."""
    side, admin = estate.theirs, estate.neighbours["admin"]
    paths = (
        f"traces/{side.trace_id}",
        "evaluations",
        "queues",
        f"queues/{side.queue_id}/items",
        "prices",
        "recosts",
        "backfills",
        f"budgets/{side.budget_id}",
        f"projects/{side.project}/members",
        f"projects/{side.project}/invitations",
        "audit",
    )
    answers = [estate.ask(admin, "GET", f"/api/v1/{path}") for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    keys = estate.ask(admin, "GET", "/api/v1/keys").json()["keys"]
    # When the store was read last.
    told = (re.sub(r'"as_of":"[^"]+"', "", answer.text) for answer in answers)
    return [*told, *(f"{k['id']} {k['state']}" for k in keys)]
