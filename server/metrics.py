"""Groundwire's own figures for Prometheus, read from the live account when asked for."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector as MetricsCollector

from collector.service import Collector
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


def exposition(collector: Collector, *, shows: Callable[[str], bool]) -> bytes:
    """Return metrics in Prometheus' text format: the process's, and the account of projects that `shows` allows."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Account(collector, shows))
    return generate_latest(registry)
