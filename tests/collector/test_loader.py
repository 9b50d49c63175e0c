"""From the spool into the engine: exactly once, whatever happens between."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector import loader as loader_module
from collector.counters import Counters
from collector.loader import Loader
from collector.signals import Signal
from collector.spool import Spool, SpoolLimits
from storage.client import Engine
from storage.counts import Counts
from storage.loading import (
    EngineAway,
    InsertRefused,
    LedgerTotal,
    carried_over,
    insert_requests,
)
from tests.engine import wait_until
from tests.samples import Traces

pytestmark = pytest.mark.engine


class Store:
    """A spool and a loader on the shared engine, for one project."""

    def __init__(self, engine: Engine, path: Path, project: str) -> None:
        self.engine = engine
        self.path = path
        self.project = project
        self.open()

    def open(self) -> None:
        """Start as a new process would. Segments roll when the spool is closed."""
        self.counters = Counters()
        limits = SpoolLimits(segment_age_s=600, segment_bytes=10**9, free_bytes=0)
        self.spool = Spool(self.path / "spool", self.counters, limits)
        self.loader = Loader(self.engine, self.spool, self.counters, self.path / "quarantine")
        self.spool.start()

    def send(self, *requests: Traces | bytes, items: int | None = None) -> None:
        """Append requests and wait until they are durable."""
        for request in requests:
            body = request if isinstance(request, bytes) else request.body()
            count = items if isinstance(request, bytes) else request.count
            self.spool.append(
                Signal.TRACES, self.project, body, accepted=count or 0, rejected=0
            ).result(10)

    def load(self) -> Counts:
        """Run the loader until the spool is empty; return the account."""
        self.spool.close()
        self.loader.start()
        wait_until(lambda: not self.spool.pending(), what="an empty spool")
        self.loader.stop()
        return self.counters.snapshot(self.project)[Signal.TRACES]

    def ask(self, sql: str) -> Any:
        """Return the one value of a question about this project."""
        return self.engine.client().query(sql, parameters={"p": self.project}).result_rows[0][0]

    def totals(self) -> dict[str, int]:
        """Count the same spans in every table that holds them."""
        return {
            "spans": self.ask("SELECT count() FROM spans WHERE project_id = {p:String}"),
            "ledger": self.ask("SELECT sum(stored) FROM ledger WHERE project_id = {p:String}"),
            "traces": self.ask(
                "SELECT sum(span_count) FROM traces FINAL WHERE project_id = {p:String}"
            ),
        }


@pytest.fixture
def store(engine: Engine, tmp_path: Path, project: str) -> Store:
    """Open a store for the test's project."""
    return Store(engine, tmp_path, project)


def many(count: int, seed: int = 1) -> Traces:
    """Make a request of that many root spans."""
    request = Traces(seed)
    for _ in range(count):
        request.span()
    return request


def everywhere(count: int) -> dict[str, int]:
    """Say that every table counts the same."""
    return dict.fromkeys(("spans", "ledger", "traces"), count)


def test_loads_what_was_spooled(store: Store) -> None:
    """Spans arrive in every table, and the account moves from spooled to stored."""
    store.send(many(30, 1), many(20, 2))

    assert store.load() == Counts(received=50, stored=50)
    assert store.totals() == everywhere(50)
    assert list((store.path / "spool" / "traces").iterdir()) == []


def test_resent_request_is_stored_once(store: Store) -> None:
    """The same request again, in the same segment and in a later one, is counted as duplicate and stored nowhere."""
    request = many(10)
    store.send(request, request)
    store.load()
    store.open()
    store.send(request)

    assert store.load().duplicate == 10
    assert store.totals() == everywhere(10)


def crash_at(
    monkeypatch: pytest.MonkeyPatch, name: str, after: Callable[..., Any] | None = None
) -> None:
    """Make a step of the loader die, after doing its work if `after` is given."""

    def die(*args: Any, **kwargs: Any) -> None:
        if after is not None:
            after(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(loader_module, name, die)


@pytest.mark.parametrize("step", ["insert_requests", "settle", "accounts"])
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_crash_between_steps_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, step: str, *, done: bool
) -> None:
    """Dying before or after any step and starting again stores every span once, in all tables."""
    store.send(many(25))
    store.spool.close()
    (segment,) = store.spool.next_segments(Signal.TRACES, 1)
    with monkeypatch.context() as patch:
        crash_at(patch, step, getattr(loader_module, step) if done else None)
        with pytest.raises(KeyboardInterrupt):
            store.loader._load(Signal.TRACES, [segment])

    store.open()

    assert store.load() == Counts(received=25, stored=25)
    assert store.totals() == everywhere(25)


def test_engine_away_keeps_the_segment(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the engine refuses inserts, what was accepted waits; when it is back, all of it is there."""
    calls = []

    def away_twice(*args: Any) -> None:
        calls.append(args)
        if len(calls) < 3:
            raise EngineAway("ClickHouse error 210 NETWORK_ERROR")
        insert_requests(*args)

    monkeypatch.setattr(loader_module, "insert_requests", away_twice)
    store.send(many(5))

    assert store.load() == Counts(received=5, stored=5)
    assert store.loader.away_since is None


def test_traces_that_cannot_be_settled_stop_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spans are stored although the engine refuses to work out their traces' facts; the next span makes up for it."""

    def refuse(*_: Any) -> None:
        raise InsertRefused("ClickHouse error 306 TOO_DEEP_RECURSION")

    first = Traces(1)
    root = first.span()
    with monkeypatch.context() as patch:
        patch.setattr(loader_module, "settle", refuse)
        store.send(first)
        assert store.load() == Counts(received=1, stored=1)
    assert store.totals() == everywhere(1) | {"traces": 0}

    store.open()
    second = Traces(2)
    second.span(parent=root)
    store.send(second)
    store.load()
    assert store.totals() == everywhere(2)


def test_poisonous_request_is_set_aside_and_the_rest_goes_in(store: Store) -> None:
    """A request the engine cannot read ends in quarantine with its reason; its neighbours are stored."""
    not_spans = b"\x0a\x05\x12\xff\xff\xff\x7f"
    store.send(many(5, 1), many(5, 2))
    store.send(not_spans, items=3)
    store.send(many(5, 3))

    assert store.load() == Counts(received=18, stored=15, quarantined=3)
    assert store.totals() == everywhere(15)
    (reason,) = (store.path / "quarantine").glob("*.json")
    assert '"reason": "ClickHouse error' in reason.read_text()


def test_account_is_carried_over(store: Store) -> None:
    """A new process starts with the account where the last one left it, and counts what is still spooled once."""
    store.send(many(4, 1))
    store.load()
    store.open()
    store.send(many(6, 2))
    store.spool.close()
    pending = [segment.id for segment in store.spool.pending()]

    (total,) = [row for row in carried_over(store.engine, pending) if row.project == store.project]

    assert total == LedgerTotal("traces", store.project, 4, 0, 4, 0)


def test_large_segment_is_one_block(store: Store) -> None:
    """A segment of 70,000 spans, more than the engine's usual block, is de-duplicated as one."""
    requests = [many(7000, seed) for seed in range(10)]
    store.send(*requests, requests[0])

    assert store.load() == Counts(received=77_000, stored=70_000, duplicate=7000)
    assert store.ask("SELECT countIf(stored > 0) FROM ledger WHERE project_id = {p:String}") == 1
    assert store.totals() == everywhere(70_000)
