"""What calls are told apart by in each rollup, and which table answers a question: the smallest that can."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from storage.errors import BadInput

BY_HOUR: Final = (
    "tenant_id",
    "feature",
    "user_tier",
    "environment",
    "service_name",
    "operation",
    "provider",
    "model",
    "prompt_name",
    "prompt_version",
)
"""What `usage_by_hour` tells apart."""

BY_SESSION: Final = ("tenant_id", "user_id", "session_id")
"""What `usage_by_session` tells apart."""

ROLLUPS: Final = {"usage_by_hour": BY_HOUR, "usage_by_session": BY_SESSION}


DIMENSIONS: Final[Mapping[str, str]] = {
    "tenant": "tenant_id",
    "feature": "feature",
    "user": "user_id",
    "user_tier": "user_tier",
    "session": "session_id",
    "model": "model",
    "provider": "provider",
    "operation": "operation",
    "service": "service_name",
    "environment": "environment",
    "prompt_name": "prompt_name",
    "prompt_version": "prompt_version",
}
"""Dimension -> column of calls, and of each rollup that has it."""

MAX_GROUP_BY: Final = 4
"""Dimensions of one question."""

MAX_VALUES: Final = 1000
"""Values that one dimension is narrowed to."""

CALLS: Final = "calls"
BY_DAY: Final = "usage_by_day"
BY_DAY_TOO: Final = "usage_by_hour"
"""The rollup of which BY_DAY is one of whole days."""

Where = Mapping[str, Sequence[str]]
"""Dimension -> the values of which any will do; '' stands for calls of which it is not known."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What narrows a question: SQL that starts with AND, and the values that its placeholders take."""

    sql: str
    values: Mapping[str, Any]


def known(dimensions: Sequence[str], *, what: str = "group_by") -> tuple[str, ...]:
    """Return dimensions as they were named. Raises BadInput for one that is not known, or named twice."""
    for name in dimensions:
        if name not in DIMENSIONS:
            close = get_close_matches(name, DIMENSIONS, 1)
            meant = f"did you mean {close[0]}? " if close else ""
            raise BadInput(
                f"{what}: there is no dimension {name[:40]!r}",
                hint=f"{meant}There are {', '.join(DIMENSIONS)}",
            )
    if len(set(dimensions)) != len(dimensions):
        raise BadInput(f"{what} names a dimension twice", hint="name each once")
    return tuple(dimensions)


def grouping(dimensions: Sequence[str]) -> tuple[str, ...]:
    """Return the dimensions to group by. Raises BadInput where they are not known, or too many."""
    if len(dimensions) > MAX_GROUP_BY:
        raise BadInput(
            f"group_by names {len(dimensions)} dimensions", hint=f"at most {MAX_GROUP_BY}"
        )
    return known(dimensions)


def source_of(dimensions: Sequence[str]) -> str:
    """Return the table that answers a question about these dimensions: a rollup that has them all, else `calls`."""
    columns = {DIMENSIONS[name] for name in dimensions}
    return next((table for table, has in ROLLUPS.items() if columns <= set(has)), CALLS)


def condition(where: Where) -> Condition:
    """Return what a question is narrowed to, every value bound. Raises BadInput for dimensions that are not known."""
    known(list(where), what="the filter")
    for name, values in where.items():
        if not 0 < len(values) <= MAX_VALUES:
            raise BadInput(
                f"the filter names {len(values)} values of {name}", hint=f"from 1 to {MAX_VALUES}"
            )
    return Condition(
        " ".join(f"AND {DIMENSIONS[name]} IN {{only_{name}:Array(String)}}" for name in where),
        {f"only_{name}": list(values) for name, values in where.items()},
    )
