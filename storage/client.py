"""Connections to the engine: chDB in a directory, or a ClickHouse server. The one place that knows which."""

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import clickhouse_connect
from clickhouse_connect.driver import options
from clickhouse_connect.driver.client import Client

DATABASE: Final = "groundwire"

# The driver would import pandas at the first insert, to see whether it was handed a frame: it never is. That takes
# half a second and 75 MB, and answers 500 to a page made meanwhile, because Dash looks into the half-imported module.
options.pd = None

_SETTINGS: Final[Mapping[str, Any]] = {
    # Views see each insert as one block, and drop it by token if it was there before.
    "deduplicate_blocks_in_dependent_materialized_views": 1,
}


class Engine:
    """Hands each thread a client of its own: a client runs one query at a time.

    `url` is a ClickHouse URL (`https://user:password@host:8443`); without one, chDB opens `directory`, which a single
    process may hold. `cluster` names the ClickHouse cluster that holds the replicas.
    """

    def __init__(self, *, directory: Path | None = None, url: str = "", cluster: str = "") -> None:
        if (directory is None) == (not url):
            raise ValueError("an engine needs either a data directory or a ClickHouse URL")
        self.directory = directory
        self.url = url
        self.cluster = cluster
        self._local = threading.local()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        first = self._connect(None)
        # It stays: chDB closes the directory with the last client, and takes a quarter of a second to open it again.
        self._clients = [first]
        on_cluster = f"ON CLUSTER '{cluster}'" if cluster else ""
        # `Atomic`, because chDB's default database lacks what later features (refreshable views) ask for.
        first.command(f"CREATE DATABASE IF NOT EXISTS {DATABASE} {on_cluster} ENGINE = Atomic")

    @property
    def embedded(self) -> bool:
        """Whether the engine runs in this process."""
        return self.directory is not None

    def make_durable(self) -> None:
        """Return once every insert so far would survive a power cut. A server sees to that at each insert."""
        if self.embedded:
            os.sync()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each `tell_stored`, from the thread that stored."""
        self._listeners.append(listener)

    def tell_stored(self) -> None:
        """Say that this process has stored something that others may wait for."""
        for listener in self._listeners:
            listener()

    def client(self) -> Client:
        """Return this thread's client."""
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = self._connect(DATABASE)
            with self._lock:
                self._clients.append(client)
        return client

    def close(self) -> None:
        """Close every client. chDB flushes and lets go of its directory."""
        with self._lock:
            for client in self._clients:
                client.close()
            self._clients.clear()
        self._local = threading.local()

    def _connect(self, database: str | None) -> Client:
        if self.directory is not None:
            self.directory.mkdir(parents=True, exist_ok=True)
            return clickhouse_connect.get_client(
                interface="chdb",
                path=str(self.directory),
                database=database,
                settings=dict(_SETTINGS),
            )
        # A session id would make the server refuse concurrent queries of one client.
        return clickhouse_connect.get_client(
            dsn=self.url, database=database, settings=dict(_SETTINGS), autogenerate_session_id=False
        )
