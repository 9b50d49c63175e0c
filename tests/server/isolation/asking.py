"""Call a route as somebody, about somebody's things."""

import secrets
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from storage.control import budgets, keys, members, people, projects, queues
from storage.control.access import KeyScope, Role
from storage.control.invitations import list_invitations
from storage.control.queue_items import Subject, add_items, items_of
from tests.server.isolation.cases import Call, path_of
from tests.server.isolation.estate import Estate, Guest, Side, price_of

HEADER, QUERY, UNSAID = "by header", "by parameter", "unsaid"
"""How a request says which project it means."""
_ASKED_AT_MOST: Final = 30
"""How often a report that is being made is asked for; each time the server waits for it a little."""


def ask(
    estate: Estate, guest: Guest, route: str, call: Call, side: Side, *, project: str = UNSAID
) -> Any:
    """Send what a case says, with the values of `side`; return the answer, of a report the finished one."""
    query = dict(call.query(side))
    headers = {}
    if project == HEADER:
        headers["x-groundwire-project"] = side.project
    if project == QUERY:
        query["project"] = side.project
    method, path = route.partition(" ")[0], path_of(route, side)
    body = None if call.body is None else call.body(side)
    form = None if call.form is None else call.form(side)
    for _ in range(_ASKED_AT_MOST):
        answer = estate.ask(
            guest, method, path, params=query, headers=headers, json=body, data=form
        )
        if not (answer.is_success and answer.text.startswith('{"state":"working"')):
            break
    return answer


def fresh(estate: Estate, side: Side, what: str) -> Side:
    """Return a side with a new one of what a call uses up."""
    if not what:
        return side
    if what == "queue":
        body = {"name": secrets.token_hex(8), "criteria": [{"name": "good", "kind": "boolean"}]}
        headers = {"x-groundwire-project": side.project}
        made = estate.ask(
            estate.guests["operator"], "POST", "/api/v1/queues", json=body, headers=headers
        )
        return replace(side, queue_id=made.json()["id"])
    if what == "price":
        headers = {"x-groundwire-project": side.project}
        added = estate.ask(
            estate.guests["operator"],
            "POST",
            "/api/v1/prices",
            json=price_of("short-lived"),
            headers=headers,
        )
        return replace(side, price_id=added.json()["id"])
    with estate.control.database.session() as session:
        return _FRESH[what](session, side)


def _key(session: Any, side: Side) -> Side:
    made, _ = keys.create_key(session, side.project, "new", [KeyScope.INGEST], created_by="test")
    return replace(side, key_id=made.id)


def _member(session: Any, side: Side) -> Side:
    email = f"short-lived@{side.project}.example"
    person = people.person_by_email(session, email) or people.create_person(session, email)
    members.set_member(session, side.project, person.id, Role.VIEWER)
    return replace(side, person_id=person.id)


def _outsider(session: Any, side: Side) -> Side:
    person = people.person_by_email(session, "newcomer@example.com")
    if person is None:
        people.create_person(session, "newcomer@example.com")
    return side


def _invitation(session: Any, side: Side) -> Side:
    projects.get_project(session, side.project)
    people.invite(
        session,
        f"short-lived-invited@{side.project}.example",
        created_by="test",
        project=side.project,
        role=Role.VIEWER,
    )
    newest = list_invitations(session, side.project)[-1]
    return replace(side, invitation_id=newest.token_hash)


def _item(session: Any, side: Side) -> Side:
    queue = queues.get_queue(session, side.project, side.queue_id)
    assert queue is not None
    subject = Subject(secrets.token_hex(16))
    add_items(session, queue, [subject], added_by="test")
    return replace(side, item_id=str(items_of(session, queue, [subject])[subject].id))


def _budget(session: Any, side: Side) -> Side:
    tenant = secrets.token_hex(8)
    spec = budgets.BudgetSpec(
        name=tenant, dimension="tenant", value=tenant, period="day", limit_usd=Decimal(5)
    )
    made = budgets.create_budget(session, side.project, spec, created_by="test")
    return replace(side, budget_id=made.id)


_FRESH = {
    "budget": _budget,
    "key": _key,
    "member": _member,
    "outsider": _outsider,
    "invitation": _invitation,
    "item": _item,
}
