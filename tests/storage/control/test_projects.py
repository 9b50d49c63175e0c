"""Projects, their members, the audit log, and the signing secret."""

import secrets
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest
from sqlalchemy import event

from storage.control import audit
from storage.control.access import LOCAL, Caller, Role
from storage.control.control import Control, default_url, open_control
from storage.control.database import ControlDatabase
from storage.control.members import list_members, remove_member, roles_of, set_member
from storage.control.people import create_person
from storage.control.projects import (
    create_project,
    ensure_project,
    get_project,
    list_projects,
    set_title,
)
from storage.control.secrets import signing_secret
from storage.errors import BadInput

ADA = Caller("person", "1", "ada@example.com")


def names(database: ControlDatabase) -> list[str]:
    """Return the names of all projects."""
    with database.reading() as session:
        return [project.name for project in list_projects(session)]


def test_projects_are_made_and_titled(database: ControlDatabase) -> None:
    """A project has a name that stays and a title that changes."""
    with database.session() as session:
        project = create_project(session, "chat-eu_2", title="Chat, Europe")
        assert (project.name, project.title) == ("chat-eu_2", "Chat, Europe")
        set_title(session, "chat-eu_2", " Chat ")

    with database.reading() as session:
        assert get_project(session, "chat-eu_2").title == "Chat"
    assert names(database) == ["chat-eu_2", "default"]


@pytest.mark.parametrize("name", ["", "Chat", "-chat", "a b", "a" * 64, "a\n", "ä", "../x"])
def test_a_name_is_a_slug(database: ControlDatabase, name: str) -> None:
    """A name that no request could send is refused, whoever makes the project."""
    with pytest.raises(BadInput, match="no name of a project"), database.session() as session:
        create_project(session, name)
    with pytest.raises(BadInput, match="no name of a project"):
        ensure_project(database, name)


def test_a_name_is_taken_once(database: ControlDatabase) -> None:
    """Making a project that is there is refused and changes nothing."""
    with pytest.raises(BadInput, match="there is a project default already"):  # noqa: SIM117 - the session is inside
        with database.session() as session:
            create_project(session, "default", title="Mine")

    with database.reading() as session:
        assert get_project(session, "default").title == ""


def test_a_project_appears_on_first_sight(database: ControlDatabase) -> None:
    """Many first requests at the same moment make one project; later ones cost no statement."""
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(ensure_project, database, "chat") for _ in range(16)]:
            done.result()
    assert names(database) == ["chat", "default"]

    statements: list[str] = []
    event.listen(
        database._engine, "before_cursor_execute", lambda *of: statements.append(str(of[2]))
    )
    ensure_project(database, "chat")
    assert statements == []


def test_members_have_one_role(database: ControlDatabase) -> None:
    """Setting a member again changes the role; removing takes it."""
    with database.session() as session:
        ada, ben = (create_person(session, f"{name}@x.de") for name in ("ada", "ben"))
        create_project(session, "chat")
        assert set_member(session, "chat", ada.id, Role.VIEWER) is None
        assert set_member(session, "chat", ada.id, Role.ADMIN) is Role.VIEWER
        set_member(session, "chat", ben.id, Role.EDITOR)
        set_member(session, "default", ada.id, Role.ANNOTATOR)

    with database.reading() as session:
        members = [(m.person.email, m.role) for m in list_members(session, "chat")]
        assert members == [("ada@x.de", Role.ADMIN), ("ben@x.de", Role.EDITOR)]
        assert roles_of(session, ada.id) == {"chat": Role.ADMIN, "default": Role.ANNOTATOR}
    with database.session() as session:
        assert remove_member(session, "chat", ada.id) is Role.ADMIN
    with database.reading() as session:
        assert roles_of(session, ada.id) == {"default": Role.ANNOTATOR}


def test_who_is_not_there_is_no_member(database: ControlDatabase) -> None:
    """An unknown project, person or member is said to be unknown."""
    with database.session() as session:
        ada = create_person(session, "ada@x.de")
    for project, person, says in [
        ("nowhere", ada.id, "no project nowhere"),
        ("default", "nobody", "no such person"),
    ]:
        with pytest.raises(BadInput, match=says), database.session() as session:
            set_member(session, project, person, Role.VIEWER)
    with pytest.raises(BadInput, match="no member of default"), database.session() as session:
        remove_member(session, "default", ada.id)


def test_those_who_remember_people_hear_of_roles(database: ControlDatabase) -> None:
    """A new role and a removal are told with the person's id."""
    with database.session() as session:
        ada = create_person(session, "ada@x.de")
    heard: list[frozenset[str]] = []
    database.subscribe(heard.append)

    with database.session() as session:
        set_member(session, "default", ada.id, Role.VIEWER)
    with database.session() as session:
        remove_member(session, "default", ada.id)

    assert heard == [frozenset({f"person:{ada.id}"})] * 2


def test_the_audit_log_says_who_did_what(database: ControlDatabase) -> None:
    """Newest first, page by page, by project; without one everything."""
    with database.session() as session:
        audit.record(session, LOCAL, "person.create", "ada@example.com")
        for n in range(3):
            audit.record(session, ADA, "key.create", f"k{n}", "chat", scopes=["read"])
        audit.record(session, ADA, "member.set", "ben@example.com", "other", role="viewer")

    with database.reading() as session:
        first = audit.entries(session, "chat", 2)
        rest = audit.entries(session, "chat", 2, before=first[-1].id)
        everything = audit.entries(session, None, 50)

    assert [entry.target for entry in first + rest] == ["k2", "k1", "k0"]
    newest = first[0]
    assert (newest.actor_kind, newest.actor, newest.action) == (
        "person", "ada@example.com", "key.create",
    )  # fmt: skip
    assert newest.detail == {"scopes": ["read"]}
    assert [entry.project for entry in everything] == ["other", "chat", "chat", "chat", None]
    assert everything[-1].actor_kind == "local"


def test_what_did_not_happen_is_not_in_the_audit_log(database: ControlDatabase) -> None:
    """An entry is rolled back with what it tells of."""
    with pytest.raises(BadInput), database.session() as session:  # noqa: PT012 - the session is the subject
        audit.record(session, ADA, "project.create", "default")
        create_project(session, "default")

    with database.reading() as session:
        assert audit.entries(session, None) == []


def test_an_answer_of_the_audit_log_is_bounded(database: ControlDatabase) -> None:
    """Nobody gets more than two hundred entries at once, and long targets are cut."""
    with database.session() as session:
        for _ in range(audit.MOST + 1):
            audit.record(session, ADA, "x", "t" * 1000)

    with database.reading() as session:
        entries = audit.entries(session, None, 10_000)
    assert len(entries) == audit.MOST
    assert len(entries[0].target) == 500


def test_every_process_signs_with_the_same_secret(url: str) -> None:
    """Processes that start at once on one database share its secret; another database has another."""
    controls = [open_control(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda control: signing_secret(control.database), controls))
    for control in controls:
        control.close()

    assert len(found) == 1
    assert len(found.pop()) == 64


def test_two_processes_that_make_the_secret_at_once_agree(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one makes the secret another one waits for it."""
    first, second = open_control(url), open_control(url)
    make = secrets.token_hex
    with ThreadPoolExecutor(1) as pool:
        asked: list[Future[str]] = []

        def make_slowly(length: int) -> str:
            if not asked:
                asked.append(pool.submit(signing_secret, second.database))
                wait(asked, timeout=0.3)
            return make(length)

        monkeypatch.setattr(secrets, "token_hex", make_slowly)
        secret = signing_secret(first.database)

        assert asked[0].result(timeout=30) == secret
    first.close()
    second.close()


def test_each_installation_has_a_secret_of_its_own(
    control: Control, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A cookie of one server is worth nothing at another."""
    other = open_control(default_url(tmp_path_factory.mktemp("other")))

    assert signing_secret(control.database) != signing_secret(other.database)
    other.close()
