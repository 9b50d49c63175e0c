import logging
from collections.abc import Sequence
from typing import Any

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_traces
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from collector.signals import Signal
from tests.collector.otlp import MemorySpool


def finished_spans() -> Sequence[ReadableSpan]:
    """Record a model call as an instrumented application does."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    with provider.get_tracer("test").start_as_current_span("chat m") as span:
        span.set_attribute("gen_ai.response.finish_reasons", ["stop", "length"])
        span.set_attribute("gen_ai.usage.input_tokens", 12)
    return memory.get_finished_spans()


def assert_spooled(spool: MemorySpool) -> None:
    """Check that the spans of `finished_spans` arrived."""
    spans = spool.only.request.resource_spans[0].scope_spans[0].spans
    values = {attribute.key: attribute.value for attribute in spans[0].attributes}
    assert spans[0].name == "chat m"
    assert values["gen_ai.response.finish_reasons"].string_value == '["stop","length"]'
    assert values["gen_ai.usage.input_tokens"].int_value == 12


@pytest.mark.parametrize("compression", Compression)
def test_spans_over_http(spool: MemorySpool, http_url: str, compression: Compression) -> None:
    """The Python SDK's HTTP exporter delivers spans, whatever compression it is told to use."""
    exporter = OTLPSpanExporter(endpoint=f"{http_url}/v1/traces", compression=compression)

    assert exporter.export(finished_spans()) is SpanExportResult.SUCCESS
    assert_spooled(spool)
    exporter.shutdown()  # type: ignore[no-untyped-call]


def test_spans_over_grpc(spool: MemorySpool, grpc_address: str) -> None:
    """The Python SDK's gRPC exporter delivers spans."""
    exporter = grpc_traces.OTLPSpanExporter(endpoint=grpc_address, insecure=True)

    assert exporter.export(finished_spans()) is SpanExportResult.SUCCESS
    assert_spooled(spool)
    exporter.shutdown()


def test_metrics_over_http(spool: MemorySpool, http_url: str) -> None:
    """The Python SDK's metric exporter delivers data points."""
    exporter = OTLPMetricExporter(endpoint=f"{http_url}/v1/metrics")
    reader = PeriodicExportingMetricReader(exporter)
    provider = MeterProvider([reader], shutdown_on_exit=False)
    provider.get_meter("test").create_counter("calls").add(3, {"model": "m"})

    provider.shutdown()

    assert (spool.only.signal, spool.only.accepted) == (Signal.METRICS, 1)


def test_logs_over_http(spool: MemorySpool, http_url: str) -> None:
    """The Python SDK's log exporter delivers events; a structured body becomes JSON text."""
    provider = LoggerProvider(shutdown_on_exit=False)
    exporter = OTLPLogExporter(endpoint=f"{http_url}/v1/logs")
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))

    provider.get_logger("test").emit(
        LogRecord(body={"messages": [{"n": 1}]}, severity_number=SeverityNumber.INFO)
    )
    provider.force_flush()
    exporter.shutdown()  # type: ignore[no-untyped-call]

    record = spool.only.request.resource_logs[0].scope_logs[0].log_records[0]
    assert record.body.string_value == '{"messages":[{"n":1}]}'


@pytest.mark.parametrize("transport", ["http", "grpc"])
def test_exporters_come_back_when_asked_to(
    spool: MemorySpool,
    http_url: str,
    grpc_address: str,
    transport: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An exporter that met a full spool sends its spans again once there is room."""
    exporter: Any = (
        OTLPSpanExporter(endpoint=f"{http_url}/v1/traces")
        if transport == "http"
        else grpc_traces.OTLPSpanExporter(endpoint=grpc_address, insecure=True)
    )
    spool.full_for_s = 0.3
    original = spool.admit
    refused: list[None] = []

    def full_once() -> None:
        """Push back the first time only."""
        if refused:
            spool.full_for_s = None
        refused.append(None)
        original()

    spool.admit = full_once  # type: ignore[method-assign]
    with caplog.at_level(logging.CRITICAL):
        assert exporter.export(finished_spans()) is SpanExportResult.SUCCESS

    assert_spooled(spool)
    exporter.shutdown()
