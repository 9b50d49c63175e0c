"""OTLP as the engine reads it: a protobuf schema a signal, and the table columns that mirror it.

The schemas are trimmed copies of opentelemetry-proto v1.11.0 (same field numbers; fields that we do not store are
left out and skipped by the decoder). A request carries five fields of ours, appended by the spool: see `Stamp` in
collector/stamp.py. Attribute values that are arrays or key-value lists are JSON strings by then.
"""

from typing import Final

_COMMON: Final = """
syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
"""

_STAMP: Final = """
  string project = 1000; fixed64 received_unix_nano = 1001;
  fixed32 accepted = 1002; fixed32 rejected = 1003; fixed32 crc = 1004;
"""

TRACES_PROTO: Final = f"""{_COMMON}
message Event {{ fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }}
message Link {{ bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4; }}
message Status {{ string message = 2; int32 code = 3; }}
message Span {{
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; fixed32 flags = 16;
  string name = 5; int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10;
  repeated Event events = 11; uint32 dropped_events_count = 12;
  repeated Link links = 13; uint32 dropped_links_count = 14; Status status = 15;
}}
message ScopeSpans {{ Scope scope = 1; repeated Span spans = 2; }}
message ResourceSpans {{ Resource resource = 1; repeated ScopeSpans scope_spans = 2; }}
message Request {{ repeated ResourceSpans resource_spans = 1; {_STAMP} }}
"""

LOGS_PROTO: Final = f"""{_COMMON}
message LogRecord {{
  fixed64 time_unix_nano = 1; fixed64 observed_time_unix_nano = 11; int32 severity_number = 2; string severity_text = 3;
  AnyValue body = 5; repeated KeyValue attributes = 6; fixed32 flags = 8; bytes trace_id = 9; bytes span_id = 10;
  string event_name = 12;
}}
message ScopeLogs {{ Scope scope = 1; repeated LogRecord log_records = 2; }}
message ResourceLogs {{ Resource resource = 1; repeated ScopeLogs scope_logs = 2; }}
message Request {{ repeated ResourceLogs resource_logs = 1; {_STAMP} }}
"""

METRICS_PROTO: Final = f"""{_COMMON}
message NumberPoint {{
  repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  oneof value {{ double as_double = 4; sfixed64 as_int = 6; }}
}}
message HistogramPoint {{
  repeated KeyValue attributes = 9; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4;
  optional double sum = 5; repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7;
  optional double min = 11; optional double max = 12;
}}
message Buckets {{ sint32 offset = 1; repeated uint64 bucket_counts = 2; }}
message ExponentialPoint {{
  repeated KeyValue attributes = 1; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4;
  optional double sum = 5; sint32 scale = 6; fixed64 zero_count = 7; Buckets positive = 8; Buckets negative = 9;
  optional double min = 12; optional double max = 13;
}}
message Quantile {{ double quantile = 1; double value = 2; }}
message SummaryPoint {{
  repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4;
  double sum = 5; repeated Quantile quantile_values = 6;
}}
message Gauge {{ repeated NumberPoint data_points = 1; }}
message Sum {{ repeated NumberPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }}
message Histogram {{ repeated HistogramPoint data_points = 1; int32 aggregation_temporality = 2; }}
message ExponentialHistogram {{ repeated ExponentialPoint data_points = 1; int32 aggregation_temporality = 2; }}
message Summary {{ repeated SummaryPoint data_points = 1; }}
message Metric {{
  string name = 1; string description = 2; string unit = 3; Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9;
  ExponentialHistogram exponential_histogram = 10; Summary summary = 11;
}}
message ScopeMetrics {{ Scope scope = 1; repeated Metric metrics = 2; }}
message ResourceMetrics {{ Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }}
message Request {{ repeated ResourceMetrics resource_metrics = 1; {_STAMP} }}
"""

# `Nullable` members keep the presence of a `oneof`: 0, '' and false differ from absent.
_ANY_VALUE: Final = (
    "Tuple(string_value Nullable(String), bool_value Nullable(Bool), "
    "int_value Nullable(Int64), double_value Nullable(Float64))"
)
_ATTRIBUTES: Final = f"Array(Tuple(key String, value {_ANY_VALUE}))"
_RESOURCE: Final = f"Tuple(attributes {_ATTRIBUTES})"
_SCOPE: Final = f"Tuple(name String, version String, attributes {_ATTRIBUTES})"
_TIMES: Final = "start_time_unix_nano UInt64, time_unix_nano UInt64"

RESOURCE_SPANS: Final = f"""Array(Tuple(resource {_RESOURCE}, scope_spans Array(Tuple(scope {_SCOPE}, spans Array(Tuple(
    trace_id String, span_id String, trace_state String, parent_span_id String, flags UInt32, name String, kind Int32,
    start_time_unix_nano UInt64, end_time_unix_nano UInt64, attributes {_ATTRIBUTES}, dropped_attributes_count UInt32,
    events Array(Tuple(time_unix_nano UInt64, name String, attributes {_ATTRIBUTES})), dropped_events_count UInt32,
    links Array(Tuple(trace_id String, span_id String, trace_state String, attributes {_ATTRIBUTES})),
    dropped_links_count UInt32, status Tuple(message String, code Int32)))))))"""

RESOURCE_LOGS: Final = f"""Array(Tuple(resource {_RESOURCE}, scope_logs Array(Tuple(scope {_SCOPE}, log_records Array(Tuple(
    time_unix_nano UInt64, observed_time_unix_nano UInt64, severity_number Int32, severity_text String, body {_ANY_VALUE},
    attributes {_ATTRIBUTES}, flags UInt32, trace_id String, span_id String, event_name String))))))"""

_NUMBER_POINTS: Final = f"Array(Tuple(attributes {_ATTRIBUTES}, {_TIMES}, as_double Nullable(Float64), as_int Nullable(Int64)))"
_BUCKETS: Final = "Tuple(offset Int32, bucket_counts Array(UInt64))"
RESOURCE_METRICS: Final = f"""Array(Tuple(resource {_RESOURCE}, scope_metrics Array(Tuple(scope {_SCOPE}, metrics Array(Tuple(
    name String, description String, unit String,
    gauge Tuple(data_points {_NUMBER_POINTS}),
    sum Tuple(data_points {_NUMBER_POINTS}, aggregation_temporality Int32, is_monotonic Bool),
    histogram Tuple(data_points Array(Tuple(attributes {_ATTRIBUTES}, {_TIMES}, count UInt64, sum Nullable(Float64),
        bucket_counts Array(UInt64), explicit_bounds Array(Float64), min Nullable(Float64), max Nullable(Float64))),
        aggregation_temporality Int32),
    exponential_histogram Tuple(data_points Array(Tuple(attributes {_ATTRIBUTES}, {_TIMES}, count UInt64,
        sum Nullable(Float64), scale Int32, zero_count UInt64, positive {_BUCKETS}, negative {_BUCKETS},
        min Nullable(Float64), max Nullable(Float64))), aggregation_temporality Int32),
    summary Tuple(data_points Array(Tuple(attributes {_ATTRIBUTES}, {_TIMES}, count UInt64, sum Float64,
        quantile_values Array(Tuple(quantile Float64, value Float64)))))))))))"""
