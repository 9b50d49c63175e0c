"""Tell a store that does not answer from a fault: the same work may be done a moment later."""

from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.exceptions import ClickHouseError

from storage.control.database import ControlUnavailable
from storage.loading import is_away


class StoreAway(Exception):  # noqa: N818 - says what is the case
    """The engine or the control database does not answer."""


@contextmanager
def availability() -> Iterator[None]:
    """Raise StoreAway in place of the errors that say that a store does not answer."""
    try:
        yield
    except (OSError, ControlUnavailable) as error:
        raise StoreAway(str(error)) from error
    except ClickHouseError as error:
        if is_away(error):
            raise StoreAway(str(error).partition("\n")[0]) from error
        raise
