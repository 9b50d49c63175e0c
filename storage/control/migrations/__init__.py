"""The control database's history, by Alembic: one for SQLite and PostgreSQL."""

import logging
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.errors import BadInput

log = logging.getLogger(__name__)

# Says at each start which database it talks to; what changes, we say ourselves.
logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)

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
    scripts = ScriptDirectory.from_config(config)
    found = set(MigrationContext.configure(connection).get_current_heads())
    _check_known(found, scripts)
    if found == set(scripts.get_heads()):
        return
    command.upgrade(config, "head")
    log.info("migrated the control database to version %s", scripts.get_current_head())


def _check_known(found: set[str], scripts: ScriptDirectory) -> None:
    """Raise BadInput for a database that a newer version has migrated."""
    if unknown := found - {script.revision for script in scripts.walk_revisions()}:
        raise BadInput(
            f"the control database was made by a newer version of Groundwire ({', '.join(unknown)})",
            hint="run that version: this one knows the database"
            f" up to version {scripts.get_current_head()}",
        )
