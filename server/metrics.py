"""Groundwire's own figures for Prometheus, read from the live account when asked for."""

from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector as MetricsCollector

from collector.service import Collector
from server.spend_counters import SpendCounters
from storage.counts import OUTCOMES

_ENDS = tuple(name for name in OUTCOMES if name != "spooled")
"""What only grows: what is spooled goes on to one of the others."""


class _Account(MetricsCollector):
    def __init__(self, collector: Collector, shows: Callable[[str], bool]) -> None:
        self._collector = collector
        self._shows = shows

    def collect(self) -> Iterable[Metric]:
        """Return the account of every project shown: received = the sum of all outcomes + spooled."""
        received = CounterMetricFamily(
            "groundwire_received",
            "Spans, log records and data points received.",
            labels=("signal", "project"),
        )
        outcomes = CounterMetricFamily(
            "groundwire_outcome", "What became of them.", labels=("signal", "project", "outcome")
        )
        spooled = GaugeMetricFamily(
            "groundwire_spooled",
            "Durable on disk, not yet in the engine.",
            labels=("signal", "project"),
        )
        for (signal, project), counts in self._collector.counters.by_project().items():
            if not self._shows(project):
                continue
            labels = (signal.value, project)
            received.add_metric(labels, counts.received)
            spooled.add_metric(labels, counts.spooled)
            for outcome in _ENDS:
                outcomes.add_metric((*labels, outcome), getattr(counts, outcome))
        yield from (received, outcomes, spooled)
        yield GaugeMetricFamily(
            "groundwire_spool_bytes", "Bytes in the spool.", value=self._collector.spool.total_bytes
        )
        yield GaugeMetricFamily(
            "groundwire_engine_away",
            "1 while the engine does not take inserts.",
            value=float(self._collector.loader.away_since is not None),
        )


_LABELS: Final = ("project", "model", "tenant")


class _Spend(MetricsCollector):
    def __init__(self, spend: SpendCounters, projects: Iterable[str]) -> None:
        self._spend = spend
        self._projects = projects

    def collect(self) -> Iterable[Metric]:
        """Return what each project used, by model and tenant; few of them by themselves (server/spend_counters.py)."""
        usd = CounterMetricFamily("groundwire_spend_usd", "Cost of counted calls.", labels=_LABELS)
        requests = CounterMetricFamily(
            "groundwire_requests", "Calls to models, each counted once.", labels=_LABELS
        )
        tokens = CounterMetricFamily(
            "groundwire_tokens",
            "Tokens of these calls; input without what a cache held.",
            labels=(*_LABELS, "kind"),
        )
        for project in self._projects:
            for pair, total in self._spend.of(project).items():
                labels = (project, pair.model, pair.tenant)
                usd.add_metric(labels, float(total.usd))
                requests.add_metric(labels, total.requests)
                tokens.add_metric((*labels, "input"), total.input_tokens)
                tokens.add_metric((*labels, "cache_read"), total.cache_read_tokens)
                tokens.add_metric((*labels, "cache_write"), total.cache_write_tokens)
                tokens.add_metric((*labels, "output"), total.output_tokens)
        yield from (usd, requests, tokens)


def exposition(
    collector: Collector, spend: SpendCounters, *, shows: Callable[[str], bool]
) -> bytes:
    """Return metrics in Prometheus' text format: the process's, and the figures of projects that `shows` allows."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Account(collector, shows))
    known = sorted({project for _, project in collector.counters.by_project()})
    registry.register(_Spend(spend, [project for project in known if shows(project)]))
    return generate_latest(registry)
