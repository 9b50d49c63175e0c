"""Members: what each person is in a project."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.control.access import Role
from storage.control.database import touch
from storage.control.models import Member, Person
from storage.control.people import get_person
from storage.control.projects import get_project
from storage.errors import BadInput


@dataclass(frozen=True, slots=True)
class Membership:
    """A person with their role in a project."""

    person: Person
    role: Role


def set_member(session: Session, project: str, person_id: str, role: Role) -> Role | None:
    """Give a person a role in a project, and return the one they had. Raises BadInput."""
    get_project(session, project)
    get_person(session, person_id)
    member = session.get(Member, (project, person_id))
    before = member.role if member else None
    session.merge(Member(project=project, person_id=person_id, role=role))
    session.flush()
    touch(session, f"person:{person_id}")
    return before


def remove_member(session: Session, project: str, person_id: str) -> Role:
    """Take a person out of a project, and return the role they had. Raises BadInput for one who is no member."""
    member = session.get(Member, (project, person_id))
    if member is None:
        raise BadInput(f"this person is no member of {project}")
    session.delete(member)
    touch(session, f"person:{person_id}")
    return member.role


def list_members(session: Session, project: str) -> list[Membership]:
    """Return the members of a project by e-mail address, the disabled among them."""
    rows = session.execute(
        select(Person, Member.role)
        .join(Member, Member.person_id == Person.id)
        .where(Member.project == project)
        .order_by(Person.email)
    )
    return [Membership(person, role) for person, role in rows]


def roles_of(session: Session, person_id: str) -> dict[str, Role]:
    """Return what a person is, by project."""
    rows = session.execute(
        select(Member.project, Member.role)
        .where(Member.person_id == person_id)
        .order_by(Member.project)
    )
    return {project: role for project, role in rows}  # noqa: C416 - rows are no tuples to the type checker
