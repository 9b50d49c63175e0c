"""Links and OIDC: how somebody gets an account, and how nobody gets another's."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text, update

from storage.control import passwords
from storage.control.access import Role
from storage.control.database import ControlDatabase
from storage.control.invitations import (
    RESET_VALID,
    VALID,
    list_invitations,
    read_invitation,
    withdraw_invitation,
)
from storage.control.members import roles_of, set_member
from storage.control.models import Invitation, Person, now
from storage.control.people import (
    NotAdmitted,
    WrongPassword,
    accept,
    authenticate,
    create_person,
    disable,
    get_person,
    invite,
    invite_to_reset,
    person_of_identity,
    set_password,
)
from storage.control.projects import create_project
from storage.errors import BadInput

SENTENCE = "correct horse battery"
HERE = "192.0.2.7"
ISSUER = "https://login.example.com"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with little memory: what is tested here is not how long it takes."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(1, 64, 1))


def invited(
    database: ControlDatabase, email: str = "ada@example.com", *, role: Role = Role.EDITOR
) -> str:
    """Invite somebody to the project `default`; return the token."""
    with database.session() as session:
        return invite(session, email, created_by="op@example.com", project="default", role=role)


def taken_up(database: ControlDatabase, token: str, *, sentence: str = SENTENCE) -> Person:
    """Accept an invitation as the page does."""
    with database.session() as session:
        return accept(session, token, "Ada", sentence)


def known(database: ControlDatabase) -> Person:
    """Make a person with a password."""
    with database.session() as session:
        return create_person(session, "ada@example.com", password=SENTENCE)


def vouched(
    database: ControlDatabase,
    subject: str = "s-1",
    email: str = "ada@example.com",
    *,
    verified: bool = True,
    admit: bool = False,
    issuer: str = ISSUER,
) -> Person:
    """Sign in by OIDC as the provider's answer says."""
    with database.session() as session:
        return person_of_identity(session, issuer, subject, email, verified, "Ada", admit=admit)


def test_an_invitation_makes_a_member(database: ControlDatabase) -> None:
    """Whoever takes it up gets an account with the password that they choose, and the role in the project."""
    person = taken_up(database, invited(database, "Ada@Example.com"))

    assert (person.email, person.name, person.is_operator) == ("ada@example.com", "Ada", False)
    assert authenticate(database, "ada@example.com", SENTENCE, HERE).id == person.id
    with database.reading() as session:
        assert roles_of(session, person.id) == {"default": Role.EDITOR}
        assert list_invitations(session) == []


def test_an_operator_can_be_invited(database: ControlDatabase) -> None:
    """An invitation may make an operator, without a project."""
    with database.session() as session:
        token = invite(session, "op@example.com", created_by="local", is_operator=True)

    assert taken_up(database, token).is_operator


def test_the_database_holds_no_token(database: ControlDatabase) -> None:
    """Whoever reads the whole table cannot take up an invitation."""
    token = invited(database)

    with database.reading() as session:
        assert token not in repr(session.execute(text("SELECT * FROM invitations")).all())
    assert len(token) == 43


def test_a_link_works_once(database: ControlDatabase) -> None:
    """Of those who use a link at the same moment one gets the account."""
    token = invited(database)
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(taken_up, database, token) for _ in range(4)]
    failures = [str(future.exception()) for future in futures if future.exception()]

    assert failures == ["this link does not work any more"] * 3


def test_a_link_ends(database: ControlDatabase) -> None:
    """An invitation works for a week, a link to a new password for a day."""
    person = known(database)
    with database.session() as session:
        reset = invite_to_reset(session, person.id, created_by="local")
        ends = read_invitation(session, reset).expires_at - now()
        assert RESET_VALID - timedelta(minutes=1) < ends <= RESET_VALID
    token = invited(database, "ben@example.com")
    with database.session() as session:
        ends = read_invitation(session, token).expires_at - now()
        assert VALID - timedelta(minutes=1) < ends <= VALID
        session.execute(update(Invitation).values(expires_at=now() - timedelta(seconds=1)))

    for old in (reset, token, "nonsense", "", "\udc80"):
        with pytest.raises(BadInput, match="this link does not work any more"):
            taken_up(database, old)


def test_a_refused_password_leaves_the_link(database: ControlDatabase) -> None:
    """Whoever chooses a weak password can try again."""
    token = invited(database)
    with pytest.raises(BadInput, match="too short"):
        taken_up(database, token, sentence="short")

    assert taken_up(database, token)


def test_a_new_link_ends_the_one_before(database: ControlDatabase) -> None:
    """Inviting again, perhaps with another role, leaves one link; other people's and projects' stay."""
    first = invited(database, role=Role.ADMIN)
    other = invited(database, "ben@example.com")
    second = invited(database, role=Role.VIEWER)

    with pytest.raises(BadInput):
        taken_up(database, first)
    person = taken_up(database, second)
    with database.reading() as session:
        assert roles_of(session, person.id) == {"default": Role.VIEWER}
        assert read_invitation(session, other)


def test_an_invitation_can_be_withdrawn(database: ControlDatabase) -> None:
    """An admin sees what waits in the project and can end it; in another project it is not there."""
    with database.session() as session:
        create_project(session, "other")
    token = invited(database)
    with database.session() as session:
        (waiting,) = list_invitations(session, "default")
        assert list_invitations(session, "other") == []
        with pytest.raises(BadInput, match="no such invitation"):
            withdraw_invitation(session, waiting.token_hash, project="other")
        withdraw_invitation(session, waiting.token_hash, project="default")

    with pytest.raises(BadInput):
        taken_up(database, token)


def test_who_has_an_account_is_not_invited(database: ControlDatabase) -> None:
    """An invitation for somebody who is here is refused with what to do, and so is one to nowhere."""
    known(database)

    with pytest.raises(BadInput, match="has an account already") as refusal:
        invited(database, "ADA@example.com")
    assert refusal.value.hint == "make this person a member"
    with pytest.raises(BadInput, match="no project nowhere"), database.session() as session:
        invite(session, "b@x.de", created_by="op", project="nowhere", role=Role.VIEWER)
    with pytest.raises(BadInput, match="needs the project and the role"), database.session() as s:
        invite(s, "b@x.de", created_by="op", project="default")


def test_an_invitation_never_opens_an_account_that_exists(database: ControlDatabase) -> None:
    """A project's admin, who has the link, cannot take over somebody who got an account in the meantime."""
    token = invited(database)
    known(database)

    with pytest.raises(BadInput, match="has an account already"):
        taken_up(database, token, sentence="the admin's own sentence")

    assert authenticate(database, "ada@example.com", SENTENCE, HERE)


def test_a_link_gives_a_new_password(database: ControlDatabase) -> None:
    """A link to a new password sets it, once, ends all sessions, and changes neither name nor roles."""
    person = known(database)
    with database.session() as session:
        set_member(session, "default", person.id, Role.VIEWER)
        token = invite_to_reset(session, person.id, created_by="local")

    changed = taken_up(database, token, sentence="another good sentence")

    assert (changed.id, changed.name) == (person.id, "")
    assert changed.session_epoch == person.session_epoch + 1
    assert authenticate(database, "ada@example.com", "another good sentence", HERE)
    with pytest.raises(WrongPassword):
        authenticate(database, "ada@example.com", SENTENCE, HERE)
    with pytest.raises(BadInput):
        taken_up(database, token)


def test_a_new_password_ends_the_links(database: ControlDatabase) -> None:
    """A link to a new password that is found later opens nothing once its person has set one."""
    person = known(database)
    with database.session() as session:
        token = invite_to_reset(session, person.id, created_by="local")
        other = invite(session, "ben@example.com", created_by="local", is_operator=True)
        set_password(session, person.id, "another good sentence")

    with pytest.raises(BadInput, match="does not work any more"):
        taken_up(database, token)
    assert taken_up(database, other)


def test_a_link_does_not_open_a_disabled_account(database: ControlDatabase) -> None:
    """A link to a new password that was made before somebody was disabled is worth nothing."""
    person = known(database)
    with database.session() as session:
        token = invite_to_reset(session, person.id, created_by="local")
        disable(session, person.id)

    with pytest.raises(BadInput, match="is disabled"):
        taken_up(database, token)


def test_a_provider_brings_a_newcomer(database: ControlDatabase) -> None:
    """A stranger who is admitted gets an account without a password; later they are the same person."""
    person = vouched(database, admit=True)

    assert (person.email, person.name, person.password_hash) == ("ada@example.com", "Ada", None)
    assert vouched(database).id == person.id


def test_a_stranger_is_not_admitted_unasked(database: ControlDatabase) -> None:
    """Without an invitation, and where nobody is admitted, a provider's word gives no account."""
    with pytest.raises(NotAdmitted, match="ask for an invitation"):
        vouched(database)


def test_an_invited_person_may_come_by_a_provider(database: ControlDatabase) -> None:
    """A provider that verified the address takes up what waits for it."""
    token = invited(database)

    person = vouched(database)

    with database.reading() as session:
        assert roles_of(session, person.id) == {"default": Role.EDITOR}
    with pytest.raises(BadInput):
        taken_up(database, token)


def test_a_link_to_a_new_password_is_no_invitation(database: ControlDatabase) -> None:
    """Coming by a provider leaves a reset link as it is."""
    person = known(database)
    with database.session() as session:
        token = invite_to_reset(session, person.id, created_by="local")

    assert vouched(database).id == person.id
    assert taken_up(database, token).id == person.id


def test_a_verified_address_links_to_its_person(database: ControlDatabase) -> None:
    """Somebody who has an account may also come by a provider that verified the address."""
    person = known(database)

    assert vouched(database, email="ADA@example.com").id == person.id


def test_who_chose_the_password_before_is_out(database: ControlDatabase) -> None:
    """An account that somebody else made in advance is its owner's alone from when the provider vouches for them."""
    taken_up(database, invited(database, "ada@example.com"), sentence="an admin's own sentence")

    before = vouched(database).session_epoch
    with pytest.raises(WrongPassword):
        authenticate(database, "ada@example.com", "an admin's own sentence", HERE)

    assert before == 1, "the sessions that it had have not ended"
    assert vouched(database).session_epoch == before, "a later sign-in ends sessions"


def test_an_operator_keeps_the_password(database: ControlDatabase) -> None:
    """Operators, whom operators alone make, can still sign in while the provider is away."""
    with database.session() as session:
        create_person(session, "ada@example.com", password=SENTENCE, is_operator=True)

    person = vouched(database)

    assert authenticate(database, "ada@example.com", SENTENCE, HERE).id == person.id


@pytest.mark.parametrize("admit", [True, False])
@pytest.mark.parametrize("prepare", [known, invited, lambda _: None])
def test_an_unverified_address_gives_nothing(
    database: ControlDatabase, prepare: Callable[[ControlDatabase], object], *, admit: bool
) -> None:
    """An address that anybody can write into their profile opens no account, and makes none in its name."""
    prepare(database)

    with pytest.raises(NotAdmitted, match="not verified"):
        vouched(database, verified=False, admit=admit)


def test_a_known_identity_needs_no_address(database: ControlDatabase) -> None:
    """Issuer and subject are who somebody is: a changed or unverified address changes nothing."""
    person = vouched(database, admit=True)

    again = vouched(database, email="new@example.com", verified=False)

    assert (again.id, again.email) == (person.id, "ada@example.com")


def test_the_same_subject_of_another_provider_is_another(database: ControlDatabase) -> None:
    """A subject counts only together with its issuer."""
    person = vouched(database, admit=True)
    other = vouched(database, email="eve@example.com", admit=True, issuer="https://evil.example")

    assert other.id != person.id


def test_a_disabled_person_does_not_come_by_a_provider(database: ControlDatabase) -> None:
    """Neither a known identity nor a new one opens a disabled account."""
    person = vouched(database, admit=True)
    with database.session() as session:
        disable(session, person.id)

    for subject in ("s-1", "s-2"):
        with pytest.raises(NotAdmitted, match="is disabled"):
            vouched(database, subject)
    with database.reading() as session:
        assert get_person(session, person.id).is_disabled


@pytest.mark.parametrize(
    ("subject", "issuer"), [("", ISSUER), ("x" * 256, ISSUER), ("s", "x" * 501)]
)
def test_an_impossible_identity_is_refused(
    database: ControlDatabase, subject: str, issuer: str
) -> None:
    """What OpenID Connect does not allow is not kept."""
    with pytest.raises(NotAdmitted, match="does not allow"):
        vouched(database, subject, issuer=issuer, admit=True)


def test_a_provider_s_address_that_is_none_is_refused(database: ControlDatabase) -> None:
    """An admitted stranger needs an e-mail address."""
    for email in ("", "ada"):
        with pytest.raises(NotAdmitted, match="does not tell your e-mail address"):
            vouched(database, email=email, admit=True)
