"""Projects, and who is what in them; and who asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, status
from sqlalchemy.orm import Session

from server.api.errors import NotFound
from server.api.management import Change, ControlDep, changing
from server.api.people_models import (
    InvitationOut,
    Link,
    Me,
    MemberOut,
    NewMember,
    NewName,
    NewProject,
    NewTitle,
    ProjectAccess,
    ProjectOut,
)
from storage.control import invitations, members, people, projects
from storage.control.access import OF_ROLE, Caller, Forbidden, Permission, current
from storage.control.models import Invitation, Member, Person
from storage.errors import BadInput

router = APIRouter(tags=["projects"])

ProjectName = Annotated[str, Path(description="The project.")]
PersonId = Annotated[str, Path(description="Id of a person.")]


@router.get("/me")
def me(control: ControlDep) -> Me:
    """Return who asks, which projects they know of, and what they may do there."""
    with control.database.reading() as session:
        return _known_of(session, current())


@router.patch("/me")
def change_me(control: ControlDep, new: NewName) -> Me:
    """Change how one is called. People only: a key's name is its project's."""
    caller = current()
    if caller.kind != "person":
        raise Forbidden("only somebody who is signed in has an account")
    with changing(control) as change:
        person = people.rename(change.session, caller.id, new.full_name)
        change.record("person.rename", person.email)
        return _known_of(change.session, caller)


@router.get("/projects")
def list_projects(control: ControlDep) -> dict[str, list[ProjectOut]]:
    """List the projects that the caller may do anything in, by name."""
    with control.database.reading() as session:
        found = projects.known_to(session, current())
    return {"projects": [ProjectOut.model_validate(project) for project in found]}


@router.post("/projects", status_code=status.HTTP_201_CREATED)
def create_project(control: ControlDep, new: NewProject) -> ProjectOut:
    """Make a project. Operators only."""
    current().operate()
    with changing(control) as change:
        project = projects.create_project(change.session, new.name, title=new.title)
        change.record("project.create", new.name, new.name, title=project.title)
    return ProjectOut.model_validate(project)


@router.patch("/projects/{project}")
def change_project(control: ControlDep, project: ProjectName, new: NewTitle) -> ProjectOut:
    """Change how a project is shown. Its name stays."""
    with _managing(control, project) as change:
        changed = projects.set_title(change.session, project, new.title)
        change.record("project.title", project, project, title=changed.title)
    return ProjectOut.model_validate(changed)


@router.get("/projects/{project}/members")
def list_members(control: ControlDep, project: ProjectName) -> dict[str, list[MemberOut]]:
    """List the members of a project, by e-mail address. Operators are in every project without being listed."""
    current().scope(Permission.MANAGE, project)
    with control.database.reading() as session:
        found = members.list_members(session, project)
        return {"members": [MemberOut.of(member) for member in found]}


@router.put("/projects/{project}/members")
def set_member(control: ControlDep, project: ProjectName, new: NewMember) -> MemberOut:
    """Make a person a member, or give a member another role. Who has no account is invited instead."""
    with _managing(control, project) as change:
        change.caller.grant(OF_ROLE[new.role], project)
        person = people.person_by_email(change.session, new.email)
        if person is None:
            raise BadInput("nobody has an account with this e-mail address", hint="invite them")
        before = members.set_member(change.session, project, person.id, new.role)
        change.record("member.set", person.email, project, role=new.role, before=before)
        return MemberOut.of(members.Membership(person, new.role))


@router.delete("/projects/{project}/members/{person_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_member(control: ControlDep, project: ProjectName, person_id: PersonId) -> Response:
    """Take a person out of a project. What they wrote stays."""
    with _managing(control, project) as change:
        if change.session.get(Member, (project, person_id)) is None:
            raise NotFound(f"there is no member {person_id[:40]!r} in this project")
        before = members.remove_member(change.session, project, person_id)
        email = people.get_person(change.session, person_id).email
        change.record("member.remove", email, project, before=before)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/projects/{project}/invitations")
def list_invitations(control: ControlDep, project: ProjectName) -> dict[str, list[InvitationOut]]:
    """List the invitations into a project that wait, the oldest first."""
    current().scope(Permission.MANAGE, project)
    with control.database.reading() as session:
        found = invitations.list_invitations(session, project)
        return {"invitations": [InvitationOut.model_validate(one) for one in found]}


@router.post("/projects/{project}/invitations", status_code=status.HTTP_201_CREATED)
def invite(control: ControlDep, project: ProjectName, new: NewMember, request: Request) -> Link:
    """Invite somebody who has no account: whoever opens the link sets their name and password, and is a member."""
    with _managing(control, project) as change:
        change.caller.grant(OF_ROLE[new.role], project)
        token = people.invite(
            change.session,
            new.email,
            project=project,
            role=new.role,
            created_by=change.caller.name,
        )
        change.record("invitation.create", new.email, project, role=new.role)
    return Link(email=new.email, link=link_of(request, token))


@router.delete(
    "/projects/{project}/invitations/{invitation_id}", status_code=status.HTTP_204_NO_CONTENT
)
def withdraw_invitation(control: ControlDep, project: ProjectName, invitation_id: str) -> Response:
    """Withdraw an invitation that waits."""
    with _managing(control, project) as change:
        found = change.session.get(Invitation, invitation_id)
        if found is None or found.project != project or found.used_at is not None:
            raise NotFound(f"there is no invitation {invitation_id[:40]!r} in this project")
        invitations.withdraw_invitation(change.session, invitation_id, project=project)
        change.record("invitation.withdraw", found.email, project)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def link_of(request: Request, token: str) -> str:
    """Return the address at which an invitation is taken up."""
    base = request.app.state.public_url or str(request.base_url).rstrip("/")
    return f"{base}/invite/{token}"


def _known_of(session: Session, caller: Caller) -> Me:
    """Return what a caller is told of themselves."""
    known = [
        ProjectAccess(name=p.name, title=p.title, permissions=sorted(caller.permissions(p.name)))
        for p in projects.known_to(session, caller)
    ]
    person = session.get(Person, caller.id) if caller.kind == "person" else None
    return Me.of(caller, known, person.name if person else "")


@contextmanager
def _managing(control: ControlDep, project: str) -> Iterator[Change]:
    """Give a change of a project that the caller manages. Raises Forbidden."""
    current().scope(Permission.MANAGE, project)
    with changing(control) as change:
        yield change
