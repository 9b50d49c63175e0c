"""Whatever the receiver accepts, the loader brings to an end: stored, counted as duplicate, or set aside."""

import random
from pathlib import Path
from typing import Any

import pytest

from collector.decode import Encoding
from collector.errors import Refused
from collector.receive import Receiver
from collector.signals import Signal
from storage.client import Engine
from storage.conventions import fields
from tests.collector.test_fuzz import mutate, seeds
from tests.collector.test_loader import Store
from tests.samples import Traces

pytestmark = pytest.mark.engine

HOSTILE: list[Any] = [
    float("nan"), float("inf"), -1.5, 1e300, -1, 2**63 - 1, -(2**63), True, "", " ", "null", "[]", "[null]", "[[]]",
    "{}", '{"a":', '"text"', "[1, 2", "\x00", "\x1b[31m", "'; DROP TABLE spans; --", "{x:String}", "%(x)s", "\ud7ff",
    "[" * 2000, "x" * 70_000, '[{"role": 7, "parts": "x"}]', '[{"parts": [1, null, {"content": {}}]}]',
    '[{"id": {}, "score": "high", "content": 3}]', "1e999", "0x10", "-0", "\uff11\uff12",
]  # fmt: skip


@pytest.fixture
def store(engine: Engine, tmp_path: Path, project: str) -> Store:
    """Open a store for the test's project."""
    return Store(engine, tmp_path, project)


def receive(store: Store, signal: Signal, body: bytes, encoding: Encoding) -> None:
    """Send a request through the receiver; refusals are fine."""
    try:
        Receiver(store.spool).receive(signal, store.project, body, encoding).stored.result(10)
    except Refused:
        return


@pytest.mark.parametrize("seed", range(3))
def test_damaged_requests_never_stop_the_loader(store: Store, seed: int) -> None:
    """Of hundreds of damaged requests of all signals, every accepted item is accounted for in the end."""
    generator = random.Random(seed)
    for _ in range(400):
        signal, content_type, body = generator.choice(seeds())
        receive(store, signal, mutate(generator, body), Encoding(content_type))

    store.load()

    for counts in store.counters.snapshot(store.project).values():
        assert counts.unaccounted == 0
        assert counts.spooled == 0
    assert store.counters.snapshot(store.project)[Signal.TRACES].stored > 0


def test_hostile_values_in_every_known_attribute_are_stored(store: Store) -> None:
    """Any value under any attribute that we read, whatever its type or form, is stored and stops nothing."""
    request = Traces(1)
    for field in fields():
        for source in field.sources:
            for value in HOSTILE:
                request.span(**{source.replace(".", "__"): value})
    for start in (0, 1, 10**9, 2**63 - 1, 2**63, 2**64 - 1):
        span = request.span(start_ns=0)
        span.start_time_unix_nano = start
        span.end_time_unix_nano = 2**64 - 1 - start
        span.kind = -5
        span.status.code = 99
        span.flags = 2**32 - 1

    receive(store, Signal.TRACES, request.body(), Encoding.PROTOBUF)

    counts = store.load()
    assert (counts.stored, counts.quarantined) == (request.count, 0)
