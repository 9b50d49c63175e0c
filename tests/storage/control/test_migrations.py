"""The migrations make what the models say, once, on both databases."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from storage.control import (  # noqa: F401 - their tables belong to the metadata
    budget_models,
    cost_models,
    evaluator_models,
    job_models,
    own_price_models,
    queue_models,
)
from storage.control.control import default_url
from storage.control.database import ControlDatabase
from storage.control.migrations import versions
from storage.control.models import Base
from storage.control.people import create_person, list_people
from storage.control.projects import list_projects
from storage.errors import BadInput
from tests.engine import ROOT
from tests.postgres import Postgres

_MIGRATE = "import sys; from storage.control.database import ControlDatabase; ControlDatabase(sys.argv[1]).migrate()"


def test_the_migrations_make_what_the_models_say(database: ControlDatabase) -> None:
    """Alembic finds nothing to change between a migrated database and the models."""
    engine = create_engine(_driver(database))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []


def test_files_are_numbered_as_their_versions() -> None:
    """The versions that a start goes by are those of the history that Alembic follows."""
    scripts = ScriptDirectory(str(ROOT / "storage/control/migrations"))
    history = [script.revision for script in scripts.walk_revisions()]

    assert list(versions()) == list(reversed(history))


def test_constraints_have_the_same_names_everywhere(tmp_path: Path, postgres: Postgres) -> None:
    """A later migration can name a constraint alike on SQLite and PostgreSQL."""
    names = []
    for url in (default_url(tmp_path), postgres.new_database()):
        database = ControlDatabase(url)
        database.migrate()
        names.append(_names(database))
        database.close()

    assert names[0] == names[1]
    assert "fk_members_person_id" in names[0]


def test_an_empty_database_gets_the_default_project(database: ControlDatabase) -> None:
    """Apps that name no project have one from the beginning."""
    with database.reading() as session:
        assert [project.name for project in list_projects(session)] == ["default"]


def test_a_migration_is_said_once(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """The log tells of a database that was changed, and nothing at later starts."""
    said = []
    for _ in range(2):
        database = ControlDatabase(url)
        with caplog.at_level(logging.INFO):
            database.migrate()
        said.append([record.getMessage()[:42] for record in caplog.records])
        caplog.clear()
        database.close()

    assert said == [["migrated the control database to version 0"], []]


def test_migrating_again_changes_nothing(database: ControlDatabase) -> None:
    """Each start migrates; people stay."""
    with database.session() as session:
        create_person(session, "ada@example.com")

    database.migrate()

    with database.reading() as session:
        assert [person.email for person in list_people(session)] == ["ada@example.com"]


def test_several_processes_may_start_at_once(url: str) -> None:
    """Each of several processes that begin on an empty database at the same moment finds it migrated."""
    processes = [
        subprocess.Popen([sys.executable, "-c", _MIGRATE, url], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[1].decode() for process in processes]

    assert said == ["", "", "", ""]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    database = ControlDatabase(url)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
        assert len(list_projects(session)) == 1
    database.close()


def test_a_database_of_a_newer_version_is_refused(database: ControlDatabase) -> None:
    """An older program does not touch what it does not know, and says which version it knows."""
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(BadInput, match="newer version of Groundwire") as refusal:
        database.migrate()

    assert "this one knows the database up to version" in refusal.value.hint


def test_foreign_keys_hold_after_a_migration(database: ControlDatabase) -> None:
    """SQLite checks references, although migrations run without."""
    database.migrate()

    with database.reading() as session:
        if database.is_sqlite:
            assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []


def _driver(database: ControlDatabase) -> str:
    return database._url.render_as_string(hide_password=False)


def _names(database: ControlDatabase) -> set[str | None]:
    engine = create_engine(_driver(database))
    found = inspect(engine)
    names: set[str | None] = set()
    for table in found.get_table_names():
        names.add(found.get_pk_constraint(table)["name"])
        names |= {key["name"] for key in found.get_foreign_keys(table)}
        names |= {unique["name"] for unique in found.get_unique_constraints(table)}
        # PostgreSQL tells an index of each unique constraint as well.
        names |= {index["name"] for index in found.get_indexes(table) if not index["unique"]}
    engine.dispose()
    return names
