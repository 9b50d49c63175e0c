import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from storage.control import attempts, passwords
from storage.control.access import NotSignedIn, Permission, Role
from storage.control.attempts import PER_ADDRESS, PER_EMAIL, TooManyAttempts
from storage.control.control import Control
from storage.control.database import ControlDatabase
from storage.control.members import set_member
from storage.control.models import Person, SignInAttempt
from storage.control.people import (
    WrongPassword,
    authenticate,
    caller_of,
    create_person,
    disable,
    enable,
    end_sessions,
    get_person,
    list_people,
    person_by_email,
    rename,
    set_operator,
    set_password,
)
from storage.control.projects import create_project
from storage.errors import BadInput

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
HERE = "192.0.2.7"

_RUSH_S = 0.3
"""Time for a second transaction to run into a first one. Were it to get through, it would do so in far less."""


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> PasswordHasher:
    """Hash with little memory: what is tested here is not how long it takes."""
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    monkeypatch.setattr(passwords, "_NOBODYS", hasher.hash("nobody's"))
    return hasher


def make(database: ControlDatabase, email: str = "ada@example.com", **more: object) -> Person:
    """Make a person with a password, as an accepted invitation does."""
    with database.session() as session:
        return create_person(session, email, **{"password": PASSWORD, **more})  # type: ignore[arg-type]


def fail(database: ControlDatabase, email: str = "ada@example.com", address: str = HERE) -> None:
    """Try a wrong password."""
    with pytest.raises(WrongPassword):
        authenticate(database, email, "not the password", address)


def age(database: ControlDatabase, by: timedelta) -> None:
    """Let time pass for all attempts."""
    with database.session() as session:
        for attempt in session.query(SignInAttempt):
            attempt.at -= by


def test_a_person_signs_in_with_address_and_password(database: ControlDatabase) -> None:
    """The address counts in any case; the sign-in is written down."""
    person = make(database, "Ada@Example.com")

    signed_in = authenticate(database, " ADA@example.COM ", PASSWORD, HERE)

    assert signed_in.id == person.id
    assert signed_in.email == "ada@example.com"
    assert signed_in.last_sign_in_at is not None
    fail(database)


def test_a_password_is_kept_as_argon2id(
    database: ControlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database holds an Argon2id hash with RFC 9106's parameters, and the text nowhere."""
    monkeypatch.undo()
    make(database)

    with database.reading() as session:
        table = repr(session.execute(text("SELECT * FROM people")).all())

    assert "$argon2id$v=19$m=65536,t=3,p=4$" in table
    assert PASSWORD not in table
    assert authenticate(database, "ada@example.com", PASSWORD, HERE)
    fail(database)


def test_the_same_password_composed_otherwise_is_the_same(database: ControlDatabase) -> None:
    """Keyboards write an accented letter as one character or two."""
    written = "caf\u00e9 au lait chaud"
    make(database, password=written)

    assert authenticate(database, "ada@example.com", "cafe\u0301 au lait chaud", HERE)


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("s3cr3t", "too short"),
        ("x" * 1001, "too long"),
        ("ada.lovelace@example.com", "is the e-mail address"),
        ("ADA.Lovelace", "is the e-mail address"),
        ("abababababab", "repeats a few characters"),
    ],
)
def test_a_weak_password_is_refused(database: ControlDatabase, password: str, says: str) -> None:
    """A refusal says what to mend and does not repeat the password."""
    with pytest.raises(BadInput, match=says) as refusal:
        make(database, "ada.lovelace@example.com", password=password)

    assert password not in str(refusal.value) + refusal.value.hint


@pytest.mark.parametrize(
    "email",
    [
        "", "ada", "@example.com", "ada@", "a b@example.com", "ada@exa mple.com", "ada@example.com\n.x",
        "<script>@example.com", '"ada"@example.com', "ada@example.com\x00", "x" * 250 + "@x.de",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(database: ControlDatabase, email: str) -> None:
    """An address that cannot be one is refused when a person is made, and unknown when somebody signs in."""
    with pytest.raises(BadInput, match="no e-mail address"):
        make(database, email)
    fail(database, email)


def test_an_address_has_one_person(database: ControlDatabase) -> None:
    """The same address in other letters is taken, also for those who come at the same moment."""
    with ThreadPoolExecutor(1) as pool, database.session() as session:
        create_person(session, "ada@x.de")
        second = pool.submit(make, database, "Ada@X.de")
        wait([second], timeout=_RUSH_S)
        assert not second.done()
        session.commit()

        failure = second.exception(timeout=30)

    assert isinstance(failure, BadInput)
    assert str(failure) == "ada@x.de has an account already"


def test_an_unknown_address_takes_as_long_as_a_wrong_password(
    database: ControlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time does not tell who has an account: each attempt verifies one hash, also for those who have no password."""
    make(database)
    make(database, "oidc@example.com", password=None)
    verified = []
    verify = passwords._HASHER.verify

    def count(kept: str | bytes, password: str | bytes) -> bool:
        verified.append(kept)
        return bool(verify(kept, password))

    monkeypatch.setattr(passwords, "_HASHER", _Counted(passwords._HASHER, count))
    for email in ("ada@example.com", "nobody@example.com", "oidc@example.com", "no address"):
        fail(database, email)

    assert len(verified) == 4
    assert len(set(verified)) == 2


def test_nobodys_hash_costs_what_ours_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash that stands in for none has today's parameters, so takes as long."""
    monkeypatch.undo()

    assert not passwords.is_outdated(passwords._NOBODYS)
    assert not passwords.verified("", None)


def test_ten_failures_close_an_address(database: ControlDatabase) -> None:
    """After ten failures even the right password is refused, with the time to wait, and works again after it."""
    make(database)
    for _ in range(PER_EMAIL):
        fail(database)

    with pytest.raises(TooManyAttempts) as refusal:
        authenticate(database, "ADA@example.com", PASSWORD, "198.51.100.1")

    assert 880 < refusal.value.retry_after_s <= 901
    assert str(refusal.value) == "too many attempts to sign in: wait 15 minutes"
    age(database, attempts.WINDOW + timedelta(seconds=1))
    assert authenticate(database, "ada@example.com", PASSWORD, HERE)


def test_the_wait_ends_when_the_oldest_failure_does(database: ControlDatabase) -> None:
    """The time to wait is told from the failures, not always the whole window."""
    make(database)
    for n in range(PER_EMAIL):
        fail(database)
        if n == 0:
            age(database, timedelta(minutes=10))

    with pytest.raises(TooManyAttempts) as refusal:
        authenticate(database, "ada@example.com", PASSWORD, HERE)

    assert 280 < refusal.value.retry_after_s <= 301


def test_a_refused_attempt_does_not_prolong_the_wait(database: ControlDatabase) -> None:
    """Somebody who goes on guessing cannot keep an account closed by it."""
    make(database)
    for _ in range(PER_EMAIL):
        fail(database)
    age(database, timedelta(minutes=14))
    for _ in range(20):
        with pytest.raises(TooManyAttempts):
            authenticate(database, "ada@example.com", "guess", HERE)

    age(database, timedelta(minutes=1, seconds=1))

    assert authenticate(database, "ada@example.com", PASSWORD, HERE)


def test_others_are_not_closed_out(database: ControlDatabase) -> None:
    """Failures on one address leave another person alone."""
    make(database)
    make(database, "ben@example.com")
    for _ in range(PER_EMAIL):
        fail(database)

    assert authenticate(database, "ben@example.com", PASSWORD, HERE)


def test_fifty_failures_close_a_network(database: ControlDatabase) -> None:
    """Whoever tries many addresses from one place is closed out there, and nobody elsewhere."""
    make(database)
    for n in range(PER_ADDRESS):
        fail(database, f"person{n}@example.com")

    with pytest.raises(TooManyAttempts):
        authenticate(database, "ada@example.com", PASSWORD, HERE)
    assert authenticate(database, "ada@example.com", PASSWORD, "192.0.2.8")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_line_of_ipv6_is_one_place(address: str, network: str) -> None:
    """A visitor with a /64 has not 2^64 tries."""
    assert attempts.network(address) == network


def test_guesses_at_once_count_against_each_other(database: ControlDatabase) -> None:
    """Thirty guesses at the same moment are ten guesses."""
    make(database)

    def guess(_: int) -> str:
        try:
            authenticate(database, "ada@example.com", "guess", HERE)
        except (WrongPassword, TooManyAttempts) as error:
            return type(error).__name__
        return "in"

    with ThreadPoolExecutor(10) as pool:
        ends = list(pool.map(guess, range(30)))

    assert sorted(ends) == ["TooManyAttempts"] * 20 + ["WrongPassword"] * 10


def test_attempts_keep_no_addresses_and_are_swept(database: ControlDatabase) -> None:
    """What was typed is not kept, because people type passwords there; what counts no more is deleted."""
    fail(database, "my secret password")
    with database.reading() as session:
        assert "secret" not in repr(session.execute(text("SELECT * FROM sign_in_attempts")).all())
    age(database, attempts.WINDOW + timedelta(seconds=1))

    fail(database)

    with database.reading() as session:
        assert session.query(SignInAttempt).count() == 1


def test_successes_do_not_count(database: ControlDatabase) -> None:
    """Somebody who signs in a hundred times is not closed out."""
    make(database)
    for _ in range(PER_ADDRESS + 5):
        authenticate(database, "ada@example.com", PASSWORD, HERE)


def test_an_outdated_hash_is_made_anew_at_sign_in(
    database: ControlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When parameters become stronger, passwords follow as people sign in."""
    old = make(database).password_hash
    stronger = PasswordHasher(time_cost=2, memory_cost=128, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", stronger)

    person = authenticate(database, "ada@example.com", PASSWORD, HERE)

    assert person.password_hash is not None
    assert person.password_hash != old
    assert not stronger.check_needs_rehash(person.password_hash)
    assert authenticate(database, "ada@example.com", PASSWORD, HERE)


def test_a_disabled_person_is_refused_like_a_wrong_password(database: ControlDatabase) -> None:
    """Signing in does not tell that an account is disabled; sessions end, and enabling does not bring them back."""
    make(database, "op@example.com", is_operator=True)
    person = make(database)
    with database.session() as session:
        disabled = disable(session, person.id)
        with pytest.raises(NotSignedIn):
            caller_of(session, disabled)

    with pytest.raises(WrongPassword):
        authenticate(database, "ada@example.com", PASSWORD, HERE)
    with database.session() as session:
        assert enable(session, person.id).session_epoch == 1
    assert authenticate(database, "ada@example.com", PASSWORD, HERE)


def test_a_new_password_ends_all_sessions(database: ControlDatabase) -> None:
    """After a change the old password does not work, and sessions that began before have ended."""
    person = make(database)
    with database.session() as session:
        set_password(session, person.id, "another good sentence")

    fail(database)
    signed_in = authenticate(database, "ada@example.com", "another good sentence", HERE)
    assert signed_in.session_epoch == person.session_epoch + 1


def test_sessions_can_be_ended(database: ControlDatabase) -> None:
    """Each call ends what began before it, and those who remember people hear it."""
    heard: list[frozenset[str]] = []
    person = make(database)
    database.subscribe(heard.append)

    for _ in range(2):
        with database.session() as session:
            end_sessions(session, person.id)

    with database.reading() as session:
        assert get_person(session, person.id).session_epoch == 2
    assert heard == [frozenset({f"person:{person.id}"})] * 2


def test_the_last_operator_stays(database: ControlDatabase) -> None:
    """The last operator can be neither disabled nor demoted; disabled ones do not count as another."""
    ada = make(database, "ada@example.com", is_operator=True)
    ben = make(database, "ben@example.com", is_operator=True)
    with database.session() as session:
        disable(session, ben.id)

    with pytest.raises(BadInput, match="last operator"), database.session() as session:
        disable(session, ada.id)
    with pytest.raises(BadInput, match="last operator"), database.session() as session:
        set_operator(session, ada.id, is_operator=False)

    with database.session() as session:
        enable(session, ben.id)
        set_operator(session, ada.id, is_operator=False)
        disable(session, ada.id)


def test_two_operators_cannot_remove_each_other_at_once(database: ControlDatabase) -> None:
    """Of two operators who are disabled at the same moment, one stays."""
    ada = make(database, is_operator=True)
    ben = make(database, "ben@example.com", is_operator=True)

    def remove_ben() -> None:
        with database.session() as session:
            disable(session, ben.id)

    with ThreadPoolExecutor(1) as pool, database.session() as session:
        disable(session, ada.id)
        second = pool.submit(remove_ben)
        wait([second], timeout=_RUSH_S)
        session.commit()

        failure = second.exception(timeout=30)

    assert isinstance(failure, BadInput)
    with database.reading() as session:
        assert [p.email for p in list_people(session) if not p.is_disabled] == ["ben@example.com"]


def test_a_person_may_do_what_their_roles_allow(database: ControlDatabase) -> None:
    """Permissions follow the roles by project; an operator has an admin's in every project."""
    ada = make(database)
    with database.session() as session:
        create_project(session, "chat")
        set_member(session, "chat", ada.id, Role.ANNOTATOR)
        op = create_person(session, "op@example.com", is_operator=True)
        caller, operator = caller_of(session, ada), caller_of(session, op)

    assert (caller.kind, caller.id, caller.name) == ("person", ada.id, "ada@example.com")
    assert caller.permissions("chat") == {Permission.READ, Permission.ANNOTATE}
    assert caller.permissions("default") == frozenset()
    assert operator.permissions("chat") == operator.permissions("default")
    assert Permission.MANAGE in operator.permissions("chat")


def test_names_are_shown_and_changed(database: ControlDatabase) -> None:
    """A name is printable text of bounded length."""
    person = make(database)

    with database.session() as session:
        assert rename(session, person.id, " Ada Lovelace ").name == "Ada Lovelace"
    for name in ("x" * 201, "a\u202eb", "a\nb"):
        with pytest.raises(BadInput, match="this name cannot be kept"), database.session() as s:
            rename(s, person.id, name)


def test_people_are_found_and_listed(database: ControlDatabase) -> None:
    """Everybody is listed by address; whoever is not there is said not to be."""
    make(database, "ben@example.com")
    make(database, "ada@example.com")

    with database.reading() as session:
        assert [p.email for p in list_people(session)] == ["ada@example.com", "ben@example.com"]
        assert person_by_email(session, "nobody@example.com") is None
        with pytest.raises(BadInput, match="no such person"):
            get_person(session, "nobody")


def test_a_fresh_install_is_open_until_somebody_is_set_up(control: Control) -> None:
    """Setting up the first person through this process closes it at once, for good."""
    assert control.is_open()

    make(control.database)

    assert not control.is_open()


def test_another_process_closes_the_install_within_a_second(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person made by the command line closes a server that runs."""
    assert control.is_open()
    other = ControlDatabase(control.database._url.render_as_string(hide_password=False))
    make(other)
    other.close()

    assert control.is_open()
    later = time.monotonic() + 1.1
    monkeypatch.setattr("storage.control.control.time.monotonic", lambda: later)
    assert not control.is_open()


class _Counted:
    """A hasher whose verifications are counted."""

    def __init__(self, hasher: PasswordHasher, verify: object) -> None:
        self._hasher = hasher
        self.verify = verify

    def __getattr__(self, name: str) -> object:
        return getattr(self._hasher, name)
