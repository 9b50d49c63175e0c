"""The three OTLP signals and what the protocol calls their parts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2


@dataclass(frozen=True, slots=True)
class Protocol:
    """One signal's messages and names in opentelemetry-proto.

    `request` and `response` are the generated protobuf classes; `rejected_field` names the counter
    in the response's partial success; `noun` is one item of the signal, for messages to people.
    """

    request: Any
    response: Any
    service: str
    rejected_field: str
    noun: str


class Signal(StrEnum):
    """What a request carries; the value is the last part of its HTTP path."""

    TRACES = "traces"
    LOGS = "logs"
    METRICS = "metrics"

    @property
    def protocol(self) -> Protocol:
        """The messages and names this signal has in OTLP."""
        return _PROTOCOLS[self]


_PROTOCOLS = {
    Signal.TRACES: Protocol(
        request=trace_service_pb2.ExportTraceServiceRequest,
        response=trace_service_pb2.ExportTraceServiceResponse,
        service="opentelemetry.proto.collector.trace.v1.TraceService",
        rejected_field="rejected_spans",
        noun="span",
    ),
    Signal.LOGS: Protocol(
        request=logs_service_pb2.ExportLogsServiceRequest,
        response=logs_service_pb2.ExportLogsServiceResponse,
        service="opentelemetry.proto.collector.logs.v1.LogsService",
        rejected_field="rejected_log_records",
        noun="log record",
    ),
    Signal.METRICS: Protocol(
        request=metrics_service_pb2.ExportMetricsServiceRequest,
        response=metrics_service_pb2.ExportMetricsServiceResponse,
        service="opentelemetry.proto.collector.metrics.v1.MetricsService",
        rejected_field="rejected_data_points",
        noun="data point",
    ),
}
