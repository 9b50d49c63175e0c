"""An app that sends all three signals. Prints the ids of its trace and span."""

# ruff: noqa: T201

import json
import logging

import telemetry
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

logging.disable()
logs = LoggerProvider()
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
logger = logs.get_logger("shop")
metrics = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
meter = metrics.get_meter("shop")

with telemetry.provider.get_tracer("shop").start_as_current_span("POST /chat") as span:
    context = span.get_span_context()
    logger.emit(
        LogRecord(
            body={"text": "¿dónde? 🧾", "n": [1, 9007199254740993]},
            severity_number=SeverityNumber.WARN,
            severity_text="WARN",
            event_name="order.late",
            attributes={"order.id": "A-1093", "days": 3},
        )
    )
logger.emit(LogRecord(body="no trace", severity_number=SeverityNumber.INFO))
meter.create_counter("orders").add(1, {"kind": "parcel"})
meter.create_histogram("gen_ai.client.operation.duration", unit="s").record(
    0.25, {"gen_ai.request.model": "m"}
)
metrics.shutdown()
logs.shutdown()
print(json.dumps({"trace": f"{context.trace_id:032x}", "span": f"{context.span_id:016x}"}))
