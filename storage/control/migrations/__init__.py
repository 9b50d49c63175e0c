"""The control database's history, by Alembic: one for SQLite and PostgreSQL."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

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
    known = versions()
    found = _versions_of(connection)
    if unknown := found - set(known):
        raise BadInput(
            f"the control database was made by a newer version of Groundwire ({', '.join(unknown)})",
            hint=f"run that version: this one knows the database up to version {known[-1]}",
        )
    if found == {known[-1]}:
        return
    _apply(connection)
    log.info("migrated the control database to version %s", known[-1])


def versions() -> Sequence[str]:
    """Return every version of the database, the oldest first: `0001` is what `versions/r0001_*.py` makes."""
    return sorted(file.name[1:5] for file in (_HERE / "versions").glob("r*.py"))


def _versions_of(connection: Connection) -> set[str]:
    """Return which version a database has: none before its first migration."""
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def _apply(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - a start that finds nothing to do is not to wait for Alembic
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
