"""Pages by cursor: the place after a row, not a row count, so that new rows do not move the pages."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import orjson

from storage.errors import BadInput

T = TypeVar("T")

MAX_LIMIT: Final = 1000
"""Rows a page may have: enough for an export by pages, little enough to answer in one piece."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor that continues after them; None where there are no more."""

    rows: list[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """The place after a row: its sort value and its id, which breaks ties."""

    value: int | float
    id: str


def encode_cursor(sort: str, position: Position) -> str:
    """Return an opaque text that stands for `position` in the order `sort`."""
    return (
        base64.urlsafe_b64encode(orjson.dumps([sort, position.value, position.id]))
        .decode()
        .rstrip("=")
    )


def decode_cursor(cursor: str, sort: str) -> Position | None:
    """Return the place that a cursor stands for, None for ''. A cursor of another order is refused."""
    if not cursor:
        return None
    try:
        made_for, value, row_id = orjson.loads(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        )
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadInput(
            "the cursor cannot be read", hint="pass next_cursor of the page before, unchanged"
        ) from error
    if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(row_id, str):
        raise BadInput(
            "the cursor cannot be read", hint="pass next_cursor of the page before, unchanged"
        )
    if made_for != sort:
        raise BadInput(
            f"the cursor belongs to the order {made_for!r}, not {sort!r}",
            hint="start again without a cursor after a change of the order",
        )
    return Position(value, row_id)


def check_limit(limit: int) -> int:
    """Return `limit`, or refuse what is not in 1..MAX_LIMIT."""
    if not 1 <= limit <= MAX_LIMIT:
        raise BadInput(f"limit is {limit}", hint=f"a limit is a whole number from 1 to {MAX_LIMIT}")
    return limit
