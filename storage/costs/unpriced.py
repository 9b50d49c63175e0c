"""Calls that no price is known for: when there are any, so that they are settled again once there is one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from storage.client import Engine
from storage.costs.portions import divided
from storage.statements import statement

_MOST_CALLS: Final = 20_000
"""They are settled with their traces, which have several spans a call."""


def unpriced_hours(engine: Engine, project: str) -> Iterator[list[datetime]]:
    """Yield the hours in which calls of a project have no price, the newest first, as much as is settled at once."""
    rows = (
        engine.client()
        .query(statement("unpriced_by_hour"), parameters={"project": project})
        .result_rows
    )
    calls: dict[datetime, int] = {row[0]: row[1] for row in rows}
    yield from divided(list(calls), lambda hour: hour, calls, most=_MOST_CALLS)
