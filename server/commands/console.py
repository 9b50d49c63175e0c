"""What every command does: settings from its flags, logging, who may read its files, and saying what went wrong."""

import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, NoReturn

import typer
from rich.console import Console

from server.settings import BadSetting, Settings

CONSOLE: Final = Console(highlight=False, soft_wrap=True)


def configured(flags: Mapping[str, Any]) -> Settings:
    """Return the settings that a command's flags make, and log as they say."""
    names = {field.name for field in fields(Settings)}
    settings = Settings(**{name: value for name, value in flags.items() if name in names})
    _configure_logging(settings.log_level)
    # What is kept are people's questions and the answers: files are for the user that the server runs as alone.
    os.umask(0o077)
    try:
        return settings.resolved()
    except BadSetting as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """Say what went wrong and end with status 1."""
    CONSOLE.print(message, style="red", markup=False)
    raise typer.Exit(1)


def _configure_logging(level: str) -> None:
    names = ("debug", "info", "warning", "error")
    if level not in names:
        fail(f"--log-level is {level}; give one of {', '.join(names)}")
    logging.basicConfig(
        level=level.upper(),
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    for noisy in ("clickhouse_connect", "httpx", "httpx2", "uvicorn.error", "dash", "alembic"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    # It logs the address of each request that it tries again, and with it the texts that people search for.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
