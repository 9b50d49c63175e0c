"""What the commands that start a server share: stores opened, the worker run, the web port answered."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clickhouse_connect.driver.exceptions import ClickHouseError

from server import settings as s
from server.commands.console import fail
from server.commands.store import opened_control

if TYPE_CHECKING:
    import uvicorn

    from analytics.worker import Worker
    from storage.client import Engine
    from storage.control.control import Control


def begin() -> None:
    """Look for no garbage until `run_web`: Python would go through all that a start makes, again and again."""
    gc.disable()


@contextmanager
def running_control(settings: s.Settings) -> Iterator["Control"]:
    """Open the control database; refuse to be reached from elsewhere where nobody could sign in."""
    from server import parts  # noqa: PLC0415 - the engine takes a second to import; --help does not wait for it

    with opened_control(settings) as control:
        if not settings.is_loopback and not parts.can_be_signed_in_to(control):
            fail(
                f"Others than this machine can reach {settings.host}, and nobody has been set up to sign in.\n"
                "Make the first operator, with the settings of this command, then start again:\n\n"
                f"  groundwire admin create EMAIL {_where(settings)}"
            )
        yield control


def _where(settings: s.Settings) -> str:
    if settings.database_url:
        return "--database-url $GROUNDWIRE_DATABASE_URL"
    return f"--data-dir {settings.data_dir}"


@contextmanager
def running_engine(settings: s.Settings) -> Iterator["Engine"]:
    """Hold the engine open, brought up to date; end the command where that cannot be."""
    from server import parts  # noqa: PLC0415 - as in running_control

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    # The embedded engine caches the protobuf schemas of inserts under the working directory, wherever that is.
    os.chdir(settings.data_dir)
    try:
        engine = parts.open_engine(settings)
    except (ClickHouseError, OSError) as error:
        fail(_why_closed(settings, error))
    try:
        yield engine
    finally:
        engine.close()


def _why_closed(settings: s.Settings, error: Exception) -> str:
    if settings.clickhouse_url:
        return f"ClickHouse at the URL given: {str(error).splitlines()[0]}\nCheck GROUNDWIRE_CLICKHOUSE_URL."
    return (
        f"The data directory {settings.data_dir} cannot be opened: {str(error).splitlines()[0]}\n"
        "One process at a time can hold it. Is another Groundwire running on it?"
    )


@contextmanager
def running_worker(engine: "Engine", control: "Control") -> Iterator["Worker"]:
    """Run the worker for as long as the caller does its part."""
    from analytics.worker import Worker  # noqa: PLC0415 - as in running_control

    worker = Worker(engine, control.database)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def run_web(web: "uvicorn.Server", settings: s.Settings) -> None:
    """Answer on the web port until told to end."""
    # What has been made so far stays for good. It is 250,000 objects, and to go through them again and again would each
    # time keep whoever asks waiting for a tenth of a second.
    gc.freeze()
    gc.enable()
    try:
        web.run()
    except SystemExit:
        fail(
            f"Port {settings.port} is not free. Is another Groundwire running? Choose another with --port."
        )
