"""From the rows of an answer to the frozen dataclasses that questions return."""

from collections.abc import Iterator
from typing import Any

from clickhouse_connect.driver.query import QueryResult


def named_rows(result: QueryResult) -> Iterator[dict[str, Any]]:
    """Yield each row as column name -> value."""
    names = result.column_names
    for row in result.result_rows:
        yield dict(zip(names, row, strict=True))
