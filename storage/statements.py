"""Statements of the writing side, one a file in storage/writes. Questions are in storage/queries."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

PLANNED_QUICKLY: Final[Mapping[str, Any]] = {
    "optimize_and_compare_chain": 0,
    "optimize_min_equality_disjunction_chain_length": 100_000,
    "optimize_min_inequality_conjunction_chain_length": 100_000,
    "query_plan_merge_expressions": 0,
    "query_plan_remove_unused_columns": 0,
}
"""Settings of statements that are long: without these passes they are planned in a third to a half of the time."""

INTERPRETED: Final[Mapping[str, Any]] = {
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
}
"""Settings of statements with long expressions: the engine would compile these at the fourth time, for a second each,
and segments of thousands of spans take no less time then."""


@cache
def statement(name: str) -> str:
    """Return the statement storage/writes/<name>.sql."""
    return files("storage").joinpath("writes", f"{name}.sql").read_text()
