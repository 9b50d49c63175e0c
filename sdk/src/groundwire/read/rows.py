"""The rows that answer a question, read page by page when somebody wants them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from groundwire.read import arrow
from groundwire.read.http import Api
from groundwire.read.tables import Kind, Table

_PAGE: Final = 1000
"""Rows of a request: as many as the API gives."""

Row = dict[str, Any]


class Rows:
    """The rows that fit a question. Nothing is read before it is asked for, and each way of asking reads anew.

    Iterating and `batches` hold one page at a time, however many rows there are; `arrow` and `pandas` hold them all.
    The columns and their types are the same whatever was found. Absent text is '', an absent count 0, an absent
    measure null, as in the API.
    """

    def __init__(
        self,
        read: Callable[[], Iterator[list[Row]]],
        columns: Mapping[str, Kind],
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._read = read
        self._columns = columns
        self._progress = progress

    def __iter__(self) -> Iterator[Row]:
        """Yield each row as a dictionary. Times are RFC 3339 texts with nanoseconds; attributes keep their types."""
        for page in self._pages():
            for row in page:
                yield {name: row.get(name) for name in self._columns}

    def batches(self) -> Iterator[Any]:
        """Yield pyarrow.RecordBatches of at most 1,000 rows, all of one schema; none where nothing fits."""
        for page in self._pages():
            yield arrow.batch(page, self._columns)

    def arrow(self) -> Any:
        """Return a pyarrow.Table. Times are timestamp[ns, UTC], durations int64 nanoseconds. Needs groundwire[arrow].

        `attributes` maps names to texts: whatever is no text is written as JSON writes it. Columns without a fixed
        shape (`events`, `links` ...) are JSON texts.
        """
        shape = arrow.schema(self._columns)
        return arrow.pyarrow().Table.from_batches(self.batches(), schema=shape)

    def pandas(self) -> Any:
        """Return a pandas.DataFrame: as `arrow`, with dictionaries for maps. Needs groundwire[pandas]."""
        try:
            import pandas as pd  # noqa: F401, PLC0415 - only who wants frames needs it
        except ImportError as error:
            raise ImportError(
                "data frames need pandas: pip install 'groundwire[pandas]'", name="pandas"
            ) from error
        return self.arrow().to_pandas(maps_as_pydicts="strict")

    def _pages(self) -> Iterator[list[Row]]:
        """Yield what is read, and tell how much it has been."""
        read = 0
        for page in self._read():
            read += len(page)
            if self._progress:
                self._progress(read)
            yield page


def pages(
    api: Api, table: Table, parameters: Mapping[str, Any], limit: int | None
) -> Iterator[list[Row]]:
    """Yield the pages of a list that are not empty, until the limit or the last one."""
    read, cursor = 0, ""
    while limit is None or read < limit:
        ask = _PAGE if limit is None else min(_PAGE, limit - read)
        answer = api.get(table.path, {**parameters, "limit": ask, "cursor": cursor})
        page: list[Row] = answer[table.key]
        read += len(page)
        if page:
            yield page
        cursor = answer["next_cursor"]
        if not cursor:
            return
