"""Open the control database for a command, or say why that cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from server.commands.console import fail
from server.settings import Settings
from storage.errors import BadInput, StorageError

if TYPE_CHECKING:
    from storage.control.control import Control


@contextmanager
def opened_control(settings: Settings) -> Iterator["Control"]:
    """Give the control database that the settings name, brought up to date; end the command where there is none."""
    from storage.control.control import (  # noqa: PLC0415 - the database's library takes a second to import
        default_url,
        open_control,
    )

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        control = open_control(settings.database_url or default_url(settings.data_dir))
    except BadInput as error:
        fail(f"The control database: {error}. {error.hint}".rstrip())
    except (StorageError, OSError) as error:
        fail(f"The control database cannot be opened: {error}.\n{_advice(settings)}")
    try:
        yield control
    finally:
        control.close()


def _advice(settings: Settings) -> str:
    if settings.database_url:
        return "Is it running, and is GROUNDWIRE_DATABASE_URL right?"
    return f"It is control.db in the data directory {settings.data_dir}. Is the disk full, or the directory read-only?"
