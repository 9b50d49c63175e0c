"""Counters of spend at /metrics: what they count, that they never go down, and how few labels they have."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import OperationalError

from analytics.budgets.totals import Pair, Totals
from collector.service import Collector, CollectorOptions
from collector.signals import Signal
from server import spend_counters
from server.metrics import exposition
from server.spend_counters import OTHER, SpendCounters, _Counted
from storage.client import Engine
from storage.control.control import Control
from storage.counts import Counts
from tests.engine import wait_until
from tests.spend import MODEL, Spend

pytestmark = pytest.mark.engine


@pytest.fixture
def spend(engine: Engine, project: str) -> Spend:
    """Return an empty project to spend in."""
    return Spend(engine, project)


@pytest.fixture
def counters(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> SpendCounters:
    """Return counters that read the store whenever they are asked."""
    monkeypatch.setattr(spend_counters, "_READ_EVERY_S", 0.0)
    return SpendCounters(engine)


@pytest.fixture
def collector(
    engine: Engine, control: Control, project: str, tmp_path: Path
) -> Iterator[Collector]:
    """Run a collector that knows the test's project."""
    options = CollectorOptions(
        data_dir=tmp_path, host="127.0.0.1", http_port=0, grpc_port=0, max_request_bytes=1024
    )
    collector = Collector(engine, control, options)
    collector.start()
    wait_until(lambda: collector.started, what="a collector")
    collector.counters.carried_over(Signal.TRACES, project, Counts(received=1, stored=1))
    yield collector
    collector.stop()


def usd(counters: SpendCounters, spend: Spend) -> dict[str, Decimal]:
    """Return the counters of USD by tenant."""
    return {pair.tenant: total.usd for pair, total in counters.of(spend.project).items()}


def test_prometheus_reads_spend_tokens_and_requests(
    collector: Collector, counters: SpendCounters, spend: Spend
) -> None:
    """By project, model and tenant, in the text that Prometheus reads."""
    spend.call("0.25", tenant__id='ac"me')
    spend.call("0.5", tenant__id='ac"me')
    spend.save()

    text = exposition(collector, counters, shows=lambda name: name == spend.project).decode()

    labels = rf'model="{MODEL}",project="{spend.project}",tenant="ac\"me"'
    found = dict(re.findall(r"^(groundwire_(?:spend|tok|req)\w+{.+}) (\S+)$", text, re.MULTILINE))
    assert found == {
        f"groundwire_spend_usd_total{{{labels}}}": "0.75",
        f"groundwire_requests_total{{{labels}}}": "2.0",
        **{
            f'groundwire_tokens_total{{kind="{kind}",{labels}}}': count
            for kind, count in (
                ("input", "0.0"), ("cache_read", "0.0"), ("cache_write", "0.0"), ("output", "750000.0")
            )
        },
    }  # fmt: skip


def test_only_projects_that_the_caller_reads_are_shown(
    collector: Collector, counters: SpendCounters, spend: Spend
) -> None:
    """Neither figures nor names of the others."""
    spend.call("1", tenant__id="acme")
    spend.save()

    text = exposition(collector, counters, shows=lambda _: False).decode()

    assert spend.project not in text
    assert "acme" not in text


def test_counters_rise_by_what_is_added(counters: SpendCounters, spend: Spend) -> None:
    """They begin at what is stored; new calls and new tenants come on top."""
    spend.call("1", tenant__id="acme")
    spend.save()
    assert usd(counters, spend) == {"acme": 1}

    spend.call("2", tenant__id="acme")
    spend.call("4", tenant__id="other corp")
    spend.save()

    assert usd(counters, spend) == {"acme": 3, "other corp": 4}


def test_few_have_labels_and_all_are_counted(
    counters: SpendCounters, spend: Spend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that spent most; a label stays where another one overtakes it, up to so many, and the sum is always all."""
    monkeypatch.setattr(spend_counters, "MOST", 2)
    monkeypatch.setattr(spend_counters, "MOST_EVER", 3)
    for tenant, cost in (("a", "8"), ("b", "4"), ("c", "2"), ("d", "1")):
        spend.call(cost, tenant__id=tenant)
    spend.save()
    assert usd(counters, spend) == {"a": 8, "b": 4, "other": 3}

    spend.call("16", tenant__id="c")
    spend.save()
    overtaken = usd(counters, spend)
    assert overtaken == {"a": 8, "b": 4, "other": 19}

    spend.call("32", tenant__id="c")
    spend.call("64", tenant__id="d")
    spend.save()
    assert usd(counters, spend) == {"a": 8, "b": 4, "c": 32, "other": 83}


def test_a_name_too_long_for_a_label_is_among_the_others(
    counters: SpendCounters, spend: Spend
) -> None:
    """A scrape stays small whatever tenants are called."""
    spend.call("8", tenant__id="a" * 100_000)
    spend.call("1", tenant__id="b")
    spend.save()
    assert usd(counters, spend) == {"b": 1, "other": 8}


def test_a_re_costing_that_lowers_spend_lowers_no_counter() -> None:
    """Prometheus would take a decrease for a restart and count all of it again; what comes later counts in full."""
    counted, acme = _Counted(), Pair("m", "acme")
    for stored, calls in ((10, 1), (6, 1), (9, 2)):
        counted.move({acme: Totals(Decimal(stored), calls, output_tokens=calls)}, Totals())
        assert counted.counters[acme].usd >= 10

    assert counted.counters[acme] == Totals(Decimal(13), 2, output_tokens=2)


def test_what_is_gone_and_comes_back_is_counted_once_more_only_as_it_comes() -> None:
    """A tenant whose figures are deleted keeps its counter, and goes on from there."""
    counted, acme = _Counted(), Pair("m", "acme")
    counted.move({acme: Totals(Decimal(5), 5)}, Totals())
    counted.move({}, Totals())
    counted.move({acme: Totals(Decimal(2), 2)}, Totals())

    assert counted.counters[acme] == Totals(Decimal(7), 7)
    assert counted.counters[OTHER] == Totals()


def test_a_tenant_that_is_called_other_is_among_the_others() -> None:
    """Its calls, and those that have no labels of their own, are each counted once."""
    counted = _Counted()
    for calls in (1, 2, 3):
        counted.move({OTHER: Totals(Decimal(calls), calls)}, Totals(Decimal(10), 10))

    assert counted.counters == {OTHER: Totals(Decimal(13), 13)}


def test_without_the_store_the_last_figures_stay(
    counters: SpendCounters, spend: Spend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scrape is answered, and counters do not vanish."""
    spend.call("1", tenant__id="acme")
    spend.save()
    before = usd(counters, spend)

    def away() -> None:
        raise OperationalError("away")

    monkeypatch.setattr(spend.engine, "client", away)

    assert usd(counters, spend) == before == {"acme": 1}
