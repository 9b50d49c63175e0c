"""The control database's history, by Alembic: one for SQLite and PostgreSQL."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.errors import BadInput

_HERE: Final = Path(__file__).parent

_LOCK: Final = 4_771_020_119
"""Number of PostgreSQL's advisory lock that migrations hold. Chosen once; any would do."""


def upgrade(connection: Connection) -> None:
    """Apply what is missing, in the transaction of `connection`. Raises BadInput for a database of a newer version."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    _check_known(connection, ScriptDirectory.from_config(config))
    command.upgrade(config, "head")


def _check_known(connection: Connection, scripts: ScriptDirectory) -> None:
    """Raise BadInput for a database that a newer version has migrated."""
    found = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := found - {script.revision for script in scripts.walk_revisions()}:
        raise BadInput(
            f"the control database was made by a newer version of Groundwire ({', '.join(unknown)})",
            hint="run that version: this one knows the database"
            f" up to version {scripts.get_current_head()}",
        )
