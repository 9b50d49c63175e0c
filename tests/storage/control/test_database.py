import logging
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, InternalError, StatementError

from storage.control.access import KeyScope
from storage.control.audit import entries
from storage.control.control import default_url, open_control
from storage.control.database import ControlDatabase, ControlUnavailable, touch
from storage.control.keys import create_key
from storage.control.models import Person
from storage.control.people import create_person, end_sessions, list_people
from storage.control.projects import get_project
from storage.errors import BadInput
from tests.engine import ROOT
from tests.postgres import Postgres


def test_a_session_is_one_transaction(database: ControlDatabase) -> None:
    """An error takes back what its session did; an earlier session stays."""
    with database.session() as session:
        create_person(session, "ada@example.com")
    with pytest.raises(BadInput), database.session() as session:
        create_person(session, "ben@example.com"), create_person(session, "BEN@example.com")

    with database.reading() as session:
        assert [person.email for person in list_people(session)] == ["ada@example.com"]


def test_what_was_read_outlives_its_session(database: ControlDatabase) -> None:
    """A row can be read after its session has ended."""
    with database.session() as session:
        person = create_person(session, "ada@example.com", name="Ada")

    assert (person.email, person.name) == ("ada@example.com", "Ada")


def test_a_reading_session_cannot_write(database: ControlDatabase) -> None:
    """What only reads is held to it, so that it never waits for a writer."""
    with (
        pytest.raises((ControlUnavailable, InternalError)) as refusal,
        database.reading() as session,
    ):
        create_person(session, "ada@example.com")

    assert "read" in str(refusal.value.__cause__)


def test_readers_do_not_wait_for_a_writer(database: ControlDatabase) -> None:
    """A session that reads answers while another one writes, from what was committed."""
    with database.session() as writing:
        create_person(writing, "ada@example.com")
        with database.reading() as reading:
            assert list_people(reading) == []


def test_writers_at_once_lose_nothing(database: ControlDatabase) -> None:
    """Two hundred changes of one row by eight threads all count."""
    with database.session() as session:
        person = create_person(session, "ada@example.com")
        session.execute(text("CREATE TABLE tally (n INTEGER)"))
        session.execute(text("INSERT INTO tally VALUES (0)"))

    def count() -> None:
        for _ in range(25):
            with database.session() as session:
                # Reads before it writes, as most of ours do.
                end_sessions(session, person.id)
                session.execute(text("UPDATE tally SET n = n + 1"))

    _at_once(count, 8)

    with database.reading() as session:
        assert session.execute(text("SELECT n FROM tally")).scalar() == 200


def test_times_come_back_in_utc(database: ControlDatabase) -> None:
    """A moment keeps its instant whatever zone it was given in; one without a zone is refused."""
    moment = datetime(2025, 6, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with database.session() as session:
        person = create_person(session, "ada@example.com")
        person.last_sign_in_at = moment

    with database.reading() as session:
        kept = session.get_one(Person, person.id).last_sign_in_at
    assert kept == moment
    assert kept is not None
    assert kept.tzinfo is UTC
    with pytest.raises(StatementError, match="without a zone"), database.session() as session:
        session.get_one(Person, person.id).last_sign_in_at = datetime(2025, 6, 1)  # noqa: DTZ001 - the case


def test_what_no_column_holds_is_refused(database: ControlDatabase) -> None:
    """A number or a time beyond what the database keeps is the asker's slip, and no defect."""
    with pytest.raises(BadInput), database.reading() as session:
        entries(session, "default", before=10**30)
    beyond = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-14)))
    with pytest.raises(BadInput, match="beyond what can be kept"), database.session() as session:
        create_key(session, "default", "app", [KeyScope.READ], created_by="op", expires_at=beyond)


def test_errors_repeat_no_values(database: ControlDatabase) -> None:
    """What the log gets of a failed statement has none of its values: they are hashes, secrets, people's texts."""
    secret = "a secret hash"  # noqa: S105 - nobody's
    twins = [Person(email="ada@example.com", password_hash=secret) for _ in range(2)]
    with pytest.raises(IntegrityError) as failure, database.session() as session:
        session.add_all(twins)

    assert secret not in str(failure.value)


def test_listeners_hear_what_was_committed(database: ControlDatabase) -> None:
    """A change is told once, after its commit, and never if it was rolled back."""
    heard: list[frozenset[str]] = []
    database.subscribe(heard.append)

    with database.session() as session:
        touch(session, "key:1")
        touch(session, "key:2", "person:3")
        assert heard == []
    with pytest.raises(BadInput), database.session() as session:  # noqa: PT012 - the session is the subject
        touch(session, "key:4")
        get_project(session, "nowhere")

    assert heard == [frozenset({"key:1", "key:2", "person:3"})]


@pytest.mark.parametrize("hostile", ["a\x00b", "x" * 300, "'; DROP TABLE projects; --"])
def test_hostile_text_is_only_text(database: ControlDatabase, hostile: str) -> None:
    """A name that no project can have is answered as such, by both databases."""
    with pytest.raises(BadInput), database.reading() as session:
        get_project(session, hostile)


def test_the_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    """The file and its companions, which hold hashes and the signing secret, are for nobody else to read."""
    control = open_control(default_url(tmp_path / "new" / "data"))
    with control.database.session() as session:
        create_person(session, "ada@example.com")
    modes = {
        path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "new/data").iterdir()
    }
    control.close()

    assert modes == dict.fromkeys(("control.db", "control.db-shm", "control.db-wal"), "0o600")


def test_an_acknowledged_change_survives_a_power_cut(tmp_path: Path) -> None:
    """Each commit on SQLite is synced."""
    control = open_control(default_url(tmp_path))
    with control.database.session() as session:
        assert session.execute(text("PRAGMA synchronous")).scalar() == 2
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    control.close()


def test_a_writer_that_holds_sqlite_too_long_is_an_outage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program that keeps the file locked is told as a database that does not answer."""
    monkeypatch.setattr("storage.control.database._BUSY_S", 0.1)
    control = open_control(default_url(tmp_path))
    other = sqlite3.connect(tmp_path / "control.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(ControlUnavailable), control.database.session() as session:
        list_people(session)

    other.close()
    control.close()


def test_two_processes_see_what_each_other_writes(tmp_path: Path) -> None:
    """What another process writes is seen here, and what is written after it has gone is kept.

    A process that closes any descriptor of a file gives up all its locks on it (POSIX, close). SQLite's say that the
    write-ahead log is in use: without them the other one deletes it as it leaves, and both write where nobody reads.
    """
    url = default_url(tmp_path)
    database = ControlDatabase(url)
    database.migrate()
    with database.reading() as one, database.reading() as two:
        assert (list_people(one), list_people(two)) == ([], [])

    _create_elsewhere(url, "ada@example.com")
    with database.session() as session:
        seen = [person.email for person in list_people(session)]
        create_person(session, "ben@example.com")
    _create_elsewhere(url, "cy@example.com")
    with database.reading() as session:
        later = [person.email for person in list_people(session)]
    database.close()

    assert seen == ["ada@example.com"]
    assert later == ["ada@example.com", "ben@example.com", "cy@example.com"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://root:hunter2@db/x", "no control database can be kept in mysql"),
        ("postgresql+asyncpg://db/x", "no control database can be kept in postgresql+asyncpg"),
        ("sqlite://", "no control database can be kept in sqlite"),
        ("sqlite:///:memory:", "no control database can be kept in sqlite"),
        ("control.db", "the database URL cannot be read"),
        ("", "the database URL cannot be read"),
    ],
)
def test_other_urls_say_what_to_write(url: str, says: str) -> None:
    """A URL that we cannot use is refused with the forms that we can, and without its password."""
    with pytest.raises(BadInput) as refusal:
        ControlDatabase(url)

    assert str(refusal.value) == says
    assert refusal.value.hint == (
        "write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE"
    )
    assert "hunter2" not in repr(refusal.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_customary_names_of_postgresql_are_understood(scheme: str) -> None:
    """Hosting services write any of them."""
    assert ControlDatabase(f"{scheme}://u:p@db/x").shown_url == "postgresql+psycopg://u:***@db/x"


def test_a_database_that_is_away_says_so_without_the_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody listens: migrating and sessions raise ControlUnavailable; log and representation hide the password."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"postgresql://ada:hunter2@127.0.0.1:{nobody.getsockname()[1]}/x"
        database = ControlDatabase(url)
        with caplog.at_level(logging.DEBUG):
            with pytest.raises(ControlUnavailable):
                database.migrate()
            with pytest.raises(ControlUnavailable), database.session() as session:
                list_people(session)

    assert "does not answer" in caplog.text
    assert "hunter2" not in caplog.text + repr(database)


def test_a_database_that_hangs_is_given_up() -> None:
    """A server that accepts and never answers costs a request a few seconds at most."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = ControlDatabase(f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x")
        with pytest.raises(ControlUnavailable), database.reading() as session:
            list_people(session)


def test_nobody_notices_a_restart_between_two_requests(postgres: Postgres) -> None:
    """A connection that died while nobody used it is replaced."""
    control = open_control(postgres.new_database())
    postgres.stop()
    postgres.start()

    with control.database.reading() as session:
        assert list_people(session) == []
    control.close()


def test_connections_survive_an_outage_of_the_database(postgres: Postgres) -> None:
    """After an outage the first request gets a new connection and knows nothing of the old one."""
    control = open_control(postgres.new_database())
    with control.database.session() as session:
        create_person(session, "ada@example.com")

    postgres.stop()
    try:
        with pytest.raises(ControlUnavailable), control.database.reading() as session:
            list_people(session)
    finally:
        postgres.start()

    with control.database.reading() as session:
        assert [person.email for person in list_people(session)] == ["ada@example.com"]
    control.close()


def _at_once(work: Callable[[], None], threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work) for _ in range(threads)]:
            done.result()


def _create_elsewhere(url: str, email: str) -> None:
    """Create a person by a process of its own, which ends."""
    subprocess.run([sys.executable, "-c", _CREATE, url, email], cwd=ROOT, check=True, timeout=60)


_CREATE = """
import sys
from storage.control.database import ControlDatabase
from storage.control.people import create_person

database = ControlDatabase(sys.argv[1])
with database.session() as session:
    create_person(session, sys.argv[2])
database.close()
"""
