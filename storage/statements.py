"""Statements of the writing side, one a file in storage/writes. Questions are in storage/queries."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """Return the statement storage/writes/<name>.sql."""
    return files("storage").joinpath("writes", f"{name}.sql").read_text()
