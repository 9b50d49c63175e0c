"""The control database's history, by Alembic: one for SQLite and PostgreSQL."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
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
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        newest = ScriptDirectory.from_config(config).get_current_head()
        raise BadInput(
            f"the control database was made by a newer version of Groundwire ({error})",
            hint=f"run that version: this one knows the database up to version {newest}",
        ) from error
