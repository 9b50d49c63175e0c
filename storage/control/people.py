"""People: who they are, how they prove it, and what they may do.

Rules: an e-mail address has one person; the last operator stays one; whoever is disabled, or gets a new password, is
signed out everywhere. The functions change rows; who may call them is the caller's business (`access.Caller`), and so
is the audit entry.
"""

from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from storage.control import attempts, invitations, passwords
from storage.control.access import OF_ROLE, Caller, NotSignedIn, Role
from storage.control.checks import MAX_NAME, checked_email, checked_name, folded
from storage.control.database import ControlDatabase, serialise, touch
from storage.control.models import Identity, Invitation, Member, Person, now
from storage.control.projects import get_project
from storage.errors import BadInput, StorageError

_MAX_ISSUER: Final = 500
_MAX_SUBJECT: Final = 255
"""Characters: OpenID Connect Core, section 2."""


class WrongPassword(StorageError):  # noqa: N818 - it reads as what happened
    """E-mail address and password do not belong together, or the person is disabled. Never tells which."""

    def __init__(self) -> None:
        super().__init__("the e-mail address or the password is wrong")


class NotAdmitted(StorageError):  # noqa: N818 - as above
    """An OIDC provider vouches for somebody who has no account here and gets none."""


def create_person(
    session: Session,
    email: str,
    *,
    name: str = "",
    password: str | None = None,
    is_operator: bool = False,
) -> Person:
    """Make a person. Raises BadInput for an address that is none or is taken, or a password that is not allowed."""
    address = checked_email(email)
    serialise(session, f"person:{address}")
    if person_by_email(session, address):
        raise BadInput(f"{address} has an account already")
    person = Person(
        email=address, name=checked_name(name), is_operator=is_operator, session_epoch=0
    )
    if password is not None:
        passwords.check(password, email=address)
        person.password_hash = passwords.hashed(password)
    session.add(person)
    session.flush()
    touch(session, f"person:{person.id}")
    return person


def authenticate(database: ControlDatabase, email: str, password: str, address: str) -> Person:
    """Return the person with this e-mail address and password, who signs in from the network address `address`.

    Takes as long for an unknown e-mail address as for a wrong password. Raises WrongPassword and TooManyAttempts.
    """
    attempt = attempts.begin(database, email, address)
    with database.reading() as session:
        person = person_by_email(session, email)
    # No transaction is open meanwhile: this takes a quarter of a second, on purpose.
    kept = person.password_hash if person else None
    if not passwords.verified(password, kept) or person is None or kept is None:
        raise WrongPassword
    anew = passwords.hashed(password) if passwords.is_outdated(kept) else None
    with database.session() as session:
        person = get_person(session, person.id)
        if person.is_disabled or person.password_hash != kept:
            raise WrongPassword
        attempts.succeed(session, attempt)
        person.last_sign_in_at = now()
        person.password_hash = anew or kept
        return person


def invite(
    session: Session,
    email: str,
    *,
    created_by: str,
    project: str | None = None,
    role: Role | None = None,
    is_operator: bool = False,
) -> str:
    """Invite somebody who has no account, and return the token of the link, which nothing can show again.

    Raises BadInput for an address that has an account: that person is made a member instead (`members.set_member`).
    """
    address = checked_email(email)
    if person_by_email(session, address):
        raise BadInput(f"{address} has an account already", hint="make this person a member")
    if (project is None) != (role is None):
        raise BadInput("an invitation to a project needs the project and the role")
    if project is not None:
        get_project(session, project)
    return invitations.issue(
        session,
        address,
        created_by=created_by,
        project=project,
        role=role,
        is_operator=is_operator,
    )


def invite_to_reset(session: Session, person_id: str, *, created_by: str) -> str:
    """Return the token of a link that gives a person a new password. For operators only.

    Whoever holds the link can sign in as that person.
    """
    email = get_person(session, person_id).email
    return invitations.issue(session, email, created_by=created_by, resets_password=True)


def accept(session: Session, token: str, name: str, password: str) -> Person:
    """Take up an invitation and return the person, new or with a new password. Raises BadInput.

    An invitation, unlike a link to a new password, never opens an account that exists: a project's admin made it.
    """
    serialise(session, "accept an invitation")
    invitation = invitations.read_invitation(session, token)
    if invitation.resets_password:
        person = person_by_email(session, invitation.email)
        if person is None:
            raise BadInput(f"{invitation.email} has no account any more")
        if person.is_disabled:
            raise BadInput(f"the account of {person.email} is disabled", hint="ask an operator")
        # First, for a new password ends the links that wait.
        invitation.used_at = now()
        set_password(session, person.id, password)
    elif person_by_email(session, invitation.email):
        raise BadInput(
            f"{invitation.email} has an account already",
            hint="sign in with it; who invited you can make you a member now",
        )
    else:
        person = create_person(session, invitation.email, name=name, password=password)
        _take_up(session, invitation, person)
    return person


def person_of_identity(  # noqa: PLR0917 - the claims, in the order of the provider's
    session: Session,
    issuer: str,
    subject: str,
    email: str,
    email_verified: bool,  # noqa: FBT001 - named as the provider's claim
    name: str,
    *,
    admit: bool = False,
) -> Person:
    """Return the person whom an OIDC provider vouches for; `admit` says whether a stranger gets an account.

    Whoever signed in before is known by issuer and subject alone. Somebody new is linked to the person of their e-mail
    address, or gets an account where they are invited or admitted, and only if the provider has verified the address:
    else anybody could write another's address into their profile. From then on the provider says who they are: a
    password that the account had ends, unless an operator's. Raises NotAdmitted, which says why.
    """
    if len(issuer) > _MAX_ISSUER or len(subject) > _MAX_SUBJECT or not subject:
        raise NotAdmitted("the provider names you by an id that OpenID Connect does not allow")
    identity = session.get(Identity, (issuer, subject))
    if identity:
        person = get_person(session, identity.person_id)
    else:
        person = _new_identity(session, email, name, verified=email_verified, admit=admit)
        session.add(Identity(issuer=issuer, subject=subject, person_id=person.id))
    if person.is_disabled:
        raise NotAdmitted(f"the account of {person.email} is disabled: ask an operator")
    person.name = person.name or name.strip()[:MAX_NAME]
    person.last_sign_in_at = now()
    return person


def set_password(session: Session, person_id: str, password: str) -> Person:
    """Give a person a new password, sign them out everywhere, and end links to another one. Raises BadInput."""
    person = get_person(session, person_id)
    passwords.check(password, email=person.email)
    person.password_hash = passwords.hashed(password)
    invitations.end_resets(session, person.email)
    return end_sessions(session, person_id)


def end_sessions(session: Session, person_id: str) -> Person:
    """Sign a person out everywhere."""
    person = get_person(session, person_id)
    person.session_epoch += 1
    touch(session, f"person:{person_id}")
    return person


def rename(session: Session, person_id: str, name: str) -> Person:
    """Change how a person is shown."""
    person = get_person(session, person_id)
    person.name = checked_name(name)
    touch(session, f"person:{person_id}")
    return person


def disable(session: Session, person_id: str) -> Person:
    """Let a person in no more, and sign them out everywhere. Raises BadInput for the last operator."""
    person = get_person(session, person_id)
    _keep_an_operator(session, person)
    person.is_disabled = True
    return end_sessions(session, person_id)


def enable(session: Session, person_id: str) -> Person:
    """Let a disabled person in again."""
    person = get_person(session, person_id)
    person.is_disabled = False
    touch(session, f"person:{person_id}")
    return person


def set_operator(session: Session, person_id: str, *, is_operator: bool) -> Person:
    """Make a person an operator, or one no more. Raises BadInput for the last operator."""
    person = get_person(session, person_id)
    if not is_operator:
        _keep_an_operator(session, person)
    person.is_operator = is_operator
    touch(session, f"person:{person_id}")
    return person


def get_person(session: Session, person_id: str) -> Person:
    """Return a person. Raises BadInput where there is none of this id."""
    person = session.get(Person, person_id)
    if person is None:
        raise BadInput("there is no such person")
    return person


def person_by_email(session: Session, email: str) -> Person | None:
    """Return the person of an e-mail address, in whatever case it is written; None also for what is no address."""
    if not email.strip().isprintable():
        return None
    return session.scalar(select(Person).where(Person.email == folded(email)))


def list_people(session: Session) -> list[Person]:
    """Return everybody, by e-mail address."""
    return list(session.scalars(select(Person).order_by(Person.email)))


def any_person(session: Session) -> bool:
    """Tell whether anybody has been set up: from then on, everybody has to sign in."""
    return bool(session.scalar(select(exists().select_from(Person))))


def caller_of(session: Session, person: Person) -> Caller:
    """Return what a person may do. Raises NotSignedIn for one who is disabled."""
    if person.is_disabled:
        raise NotSignedIn("this account is disabled")
    roles = session.execute(
        select(Member.project, Member.role).where(Member.person_id == person.id)
    )
    grants = {project: OF_ROLE[role] for project, role in roles}
    return Caller("person", person.id, person.email, grants, is_operator=person.is_operator)


def _keep_an_operator(session: Session, person: Person) -> None:
    """Raise BadInput where nobody else could make projects and people."""
    serialise(session, "operators")
    others = select(Person).where(
        Person.is_operator, Person.is_disabled.is_(False), Person.id != person.id
    )
    if person.is_operator and not session.scalar(select(others.exists())):
        raise BadInput(f"{person.email} is the last operator", hint="make another one first")


def _take_up(session: Session, invitation: Invitation, person: Person) -> None:
    person.is_operator = person.is_operator or invitation.is_operator
    if invitation.project and invitation.role:
        session.merge(Member(project=invitation.project, person_id=person.id, role=invitation.role))
    invitation.used_at = now()


def _new_identity(
    session: Session, email: str, name: str, *, verified: bool, admit: bool
) -> Person:
    if not verified:
        raise NotAdmitted(
            "the provider has not verified your e-mail address: verify it there first"
        )
    try:
        checked_email(email)
    except BadInput as error:
        raise NotAdmitted("the provider does not tell your e-mail address") from error
    person = person_by_email(session, email)
    waiting = invitations.waiting_for(session, email)
    if person is None:
        if not (waiting or admit):
            raise NotAdmitted(f"{folded(email)} has no account here: ask for an invitation")
        person = create_person(session, email, name=name.strip()[:MAX_NAME])
    elif person.password_hash is not None and not person.is_operator:
        # Whoever chose it had the link of an invitation, which proves nothing of the address: they would go on
        # signing in to what has become another's account.
        person.password_hash = None
        end_sessions(session, person.id)
    for invitation in waiting:
        _take_up(session, invitation, person)
    return person
