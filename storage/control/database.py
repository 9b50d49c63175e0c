"""The control database: SQLite in the data directory, or PostgreSQL. The one place that knows which.

Every change is one transaction of `ControlDatabase.session()`. What callers are made from (people, members, keys) is
cached elsewhere in the process; a session that changes some of it says so by `touch`, and once it has been committed
the subscribers hear it.
"""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from storage.control.migrations import upgrade
from storage.errors import BadInput, StoreUnavailable

log = logging.getLogger(__name__)

Listener = Callable[[frozenset[str]], None]

_BUSY_S: Final = 10.0
"""How long a writer waits for another one on SQLite. Ours take milliseconds."""

_CONNECT_S: Final = 3
"""How long PostgreSQL may take to answer a connection: whoever asks has a request waiting."""

_READING: Final = "groundwire_reading"
_TOUCHED: Final = "groundwire_touched"


class ControlUnavailable(StoreUnavailable):
    """The control database does not answer; the same request may work a moment later."""


def touch(session: Session, *names: str) -> None:
    """Say that a session changes something that caches hold: `key:<id>`, `person:<id>`, `project:<name>`."""
    session.info.setdefault(_TOUCHED, set()).update(names)


class ControlDatabase:
    """Sessions on the control database at a URL: `sqlite:///path/to/control.db` or `postgresql://user:password@host/name`.

    Connects at the first session, so making one never fails for a database that is away. Raises BadInput for a URL of
    another kind. Safe to use from several threads, and by several processes at once.
    """

    def __init__(self, url: str) -> None:
        self._url = _checked(url)
        self._engine = _sqlite(self._url) if self.is_sqlite else _postgresql(self._url)
        reader = self._engine.execution_options(**{_READING: True, "postgresql_readonly": True})
        # Objects outlive their session: what was read stays readable.
        self._writing = sessionmaker(self._engine, expire_on_commit=False)
        self._reading = sessionmaker(reader, expire_on_commit=False)
        self.projects_seen: set[str] = set()
        """Projects that this process knows to be there (`projects.ensure_project`). None is ever removed."""
        self._listeners: list[Listener] = []

    def __repr__(self) -> str:
        return f"ControlDatabase({self.shown_url!r})"

    @property
    def shown_url(self) -> str:
        """The URL as it may be logged: without its password."""
        return self._url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of this machine."""
        return self._url.get_backend_name() == "sqlite"

    def migrate(self) -> None:
        """Bring the database to the newest version, or raise ControlUnavailable or BadInput, the database unchanged.

        Several processes may do so at once: one works, the others wait and find it done.
        """
        with _availability(self), self._engine.connect() as connection:
            if self.is_sqlite:
                # A migration that makes a table anew would delete what refers to it. Only outside a transaction.
                _pragma(connection, "foreign_keys=OFF")
            try:
                with connection.begin():
                    upgrade(connection)
            finally:
                if self.is_sqlite:
                    _pragma(connection, "foreign_keys=ON")

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give a session in one transaction: committed at the end, rolled back where an error leaves the block.

        On SQLite it holds the write lock from its first statement, so what it read is still true when it writes. Keep
        it short. Raises ControlUnavailable.
        """
        with _availability(self), self._writing.begin() as session:
            yield session
        if touched := session.info.pop(_TOUCHED, None):
            for listener in self._listeners:
                listener(frozenset(touched))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that only reads, and waits for no writer. Raises ControlUnavailable."""
        with _availability(self), self._reading.begin() as session:
            yield session

    def answers(self) -> bool:
        """Tell whether the database answers now."""
        try:
            with self.reading() as session:
                session.execute(text("SELECT 1"))
        except ControlUnavailable:
            return False
        return True

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` after each commit in this process that touched something, with the names (see `touch`)."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Close the connections. A later session opens new ones."""
        self._engine.dispose()


def serialise(session: Session, name: str) -> None:
    """Let no other transaction that asks the same name go on until this one ends.

    For rules over several rows, such as "one operator is left". SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
        )


@contextmanager
def _availability(database: ControlDatabase) -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        log.warning(
            "the control database %s does not answer: %s", database.shown_url, _cause(error)
        )
        raise ControlUnavailable("the control database does not answer") from error
    except DataError as error:
        # Only PostgreSQL minds; what it says may repeat the text.
        raise BadInput("a text of this request is too long, or holds what is no text") from error
    except OverflowError as error:
        raise _beyond() from error
    except StatementError as error:
        if isinstance(error.orig, OverflowError):
            raise _beyond() from error
        raise


def _beyond() -> BadInput:
    """Return the error for a number or a time that no column can hold."""
    return BadInput("a number or time of this request is beyond what can be kept")


def _cause(error: Exception) -> str:
    """Return what the driver said, without the statement and its values."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return str(said).partition("\n")[0]


def _checked(url: str) -> URL:
    wanted = "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE"
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The text is not repeated: it may hold a password.
        raise BadInput("the database URL cannot be read", hint=f"write {wanted}") from None
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite")
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    raise BadInput(
        f"no control database can be kept in {parsed.drivername}", hint=f"write {wanted}"
    )


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    engine = create_engine(url, connect_args={"timeout": _BUSY_S}, hide_parameters=True)

    @event.listens_for(engine, "do_connect")
    def create(*_: Any) -> None:
        # The file holds password hashes and the signing secret. SQLite gives its -wal and -shm the same mode.
        path.parent.mkdir(parents=True, exist_ok=True)
        # One that is there is left alone: to close it here would give up the locks of our other connections, and a
        # process that leaves would then delete the log under them (sqlite.org/howtocorrupt.html, 2.2).
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        # The driver would begin a transaction only before the first write; we begin ours (below).
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(_READING)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _pragma(connection: Connection, pragma: str) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - for the type checker
    driver.execute(f"PRAGMA {pragma}")


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url,
        # An error's text goes to the log, and what it would repeat are hashes, secrets and people's texts.
        hide_parameters=True,
        # A connection that died while it lay in the pool is replaced unseen.
        pool_pre_ping=True,
        pool_timeout=_CONNECT_S,
        connect_args={
            "connect_timeout": _CONNECT_S,
            "tcp_user_timeout": 5_000,
            "application_name": "groundwire",
            # Poolers that share a connection between transactions know no prepared statements.
            "prepare_threshold": None,
        },
    )
