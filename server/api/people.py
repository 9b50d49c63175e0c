"""People, for operators: who has an account, who may make projects, and how an account is got back."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, status
from sqlalchemy.orm import Session

from server.api.errors import NotFound
from server.api.management import Change, ControlDep, changing
from server.api.people_models import (
    InvitationOut,
    Link,
    NewPerson,
    PersonAndRoles,
    PersonChange,
    PersonOut,
)
from server.api.projects import link_of
from storage.control import invitations, members, people
from storage.control.access import current
from storage.control.models import Invitation, Person

router = APIRouter(tags=["people"])

PersonId = Annotated[str, Path(description="Id of a person.")]


@router.get("/people")
def list_people(control: ControlDep) -> dict[str, list[PersonAndRoles]]:
    """List everybody who has an account, by e-mail address, and what they are in which project."""
    current().operate()
    with control.database.reading() as session:
        return {"people": [_with_roles(session, person) for person in people.list_people(session)]}


@router.post("/people", status_code=status.HTTP_201_CREATED)
def invite_person(control: ControlDep, new: NewPerson, request: Request) -> Link:
    """Invite somebody who has no account, into no project, or as an operator."""
    current().operate()
    with changing(control) as change:
        token = people.invite(
            change.session,
            new.email,
            is_operator=new.is_operator,
            created_by=change.caller.name,
        )
        change.record("invitation.create", new.email, is_operator=new.is_operator)
    return Link(email=new.email, link=link_of(request, token))


@router.get("/people/invitations")
def list_invitations(control: ControlDep) -> dict[str, list[InvitationOut]]:
    """List every invitation that waits, the oldest first."""
    current().operate()
    with control.database.reading() as session:
        found = invitations.list_invitations(session)
        return {"invitations": [InvitationOut.model_validate(one) for one in found]}


@router.delete("/people/invitations/{invitation_id}", status_code=status.HTTP_204_NO_CONTENT)
def withdraw_invitation(control: ControlDep, invitation_id: str) -> Response:
    """Withdraw any invitation that waits."""
    current().operate()
    with changing(control) as change:
        found = change.session.get(Invitation, invitation_id)
        if found is None or found.used_at is not None:
            raise NotFound(f"there is no invitation {invitation_id[:40]!r}")
        invitations.withdraw_invitation(change.session, invitation_id)
        change.record("invitation.withdraw", found.email, found.project)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.patch("/people/{person_id}")
def change_person(control: ControlDep, person_id: PersonId, new: PersonChange) -> PersonOut:
    """Disable or enable somebody, make them an operator or none, sign them out everywhere."""
    current().operate()
    with changing(control) as change:
        person = _person(change.session, person_id)
        _apply(change, person, new)
        return PersonOut.model_validate(person)


@router.post("/people/{person_id}/reset-link", status_code=status.HTTP_201_CREATED)
def reset_link(control: ControlDep, person_id: PersonId, request: Request) -> Link:
    """Make a link with which a person sets a new password. Hand it to them alone: it opens their account."""
    current().operate()
    with changing(control) as change:
        person = _person(change.session, person_id)
        token = people.invite_to_reset(change.session, person_id, created_by=change.caller.name)
        change.record("person.reset_link", person.email)
    return Link(email=person.email, link=link_of(request, token))


def _apply(change: Change, person: Person, new: PersonChange) -> None:
    """Change a person as asked, and write down each change."""
    if new.is_operator is not None and new.is_operator != person.is_operator:
        people.set_operator(change.session, person.id, is_operator=new.is_operator)
        change.record("person.operator", person.email, is_operator=new.is_operator)
    if new.is_disabled is not None and new.is_disabled != person.is_disabled:
        (people.disable if new.is_disabled else people.enable)(change.session, person.id)
        change.record("person.disable" if new.is_disabled else "person.enable", person.email)
    if new.end_sessions:
        people.end_sessions(change.session, person.id)
        change.record("person.end_sessions", person.email)


def _person(session: Session, person_id: str) -> Person:
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(f"there is no person {person_id[:40]!r}")
    return person


def _with_roles(session: Session, person: Person) -> PersonAndRoles:
    shown = PersonOut.model_validate(person).model_dump()
    return PersonAndRoles(**shown, projects=members.roles_of(session, person.id))
