CREATE TABLE IF NOT EXISTS logs ${on_cluster}
(
    project_id LowCardinality(String),
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    segment UInt64 CODEC(ZSTD(1)),
    identity UInt64 CODEC(ZSTD(1)),
    severity_number UInt8,
    severity_text LowCardinality(String),
    event_name LowCardinality(String),
    service_name LowCardinality(String),
    scope_name LowCardinality(String),
    body Array(UInt128) CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    resource_attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${merge_tree}
PARTITION BY toYYYYMM(minute)
ORDER BY (project_id, minute, trace_id, time)
SETTINGS ${durable};

-- Contents that log records add to spans: many apps send a call's messages only there.
CREATE TABLE IF NOT EXISTS span_additions ${on_cluster}
(
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    time DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    system_instructions Array(UInt128) CODEC(ZSTD(1)),
    input_messages Array(UInt128) CODEC(ZSTD(1)),
    output_messages Array(UInt128) CODEC(ZSTD(1)),
    tool_definitions Array(UInt128) CODEC(ZSTD(1)),
    documents Array(UInt128) CODEC(ZSTD(1)),
    document_ids Array(String) CODEC(ZSTD(1)),
    document_scores Array(Nullable(Float64)) CODEC(ZSTD(1)),
    document_attributes Array(String) CODEC(ZSTD(3)),
    input Array(UInt128) CODEC(ZSTD(1)),
    output Array(UInt128) CODEC(ZSTD(1)),
    contents Array(UInt128) MATERIALIZED arrayDistinct(arrayConcat(
        system_instructions, input_messages, output_messages, documents, input, output)) CODEC(ZSTD(1)),
    INDEX by_content contents TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${merge_tree}
ORDER BY (project_id, trace_id, span_id, time)
SETTINGS ${durable}, index_granularity = 1024;

-- A named judgement of a span or trace; from span events and log records `gen_ai.evaluation.result`.
CREATE TABLE IF NOT EXISTS evaluations ${on_cluster}
(
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    time DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    name LowCardinality(String),
    score Nullable(Float64),
    label LowCardinality(String),
    explanation String CODEC(ZSTD(3)),
    source LowCardinality(String),
    author String CODEC(ZSTD(1)),
    response_id String CODEC(ZSTD(1))
)
ENGINE = ${merge_tree}
ORDER BY (project_id, trace_id, span_id, name, time)
SETTINGS ${durable}, index_granularity = 1024;

-- Metric points as they came, for the serving tier: a row a point. A point that was sent again goes when parts merge:
-- looking each up on the way in would read an hour of every series.
CREATE TABLE IF NOT EXISTS metrics ${on_cluster}
(
    project_id LowCardinality(String),
    name LowCardinality(String),
    time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    type LowCardinality(String),
    unit LowCardinality(String),
    description LowCardinality(String),
    temporality LowCardinality(String),
    is_monotonic Bool,
    service_name LowCardinality(String),
    scope_name LowCardinality(String),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    resource_attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    value Nullable(Float64) CODEC(ZSTD(1)),
    count UInt64 CODEC(T64, ZSTD(1)),
    sum Nullable(Float64) CODEC(ZSTD(1)),
    min Nullable(Float64) CODEC(ZSTD(1)),
    max Nullable(Float64) CODEC(ZSTD(1)),
    bounds Array(Float64) CODEC(ZSTD(1)),
    bucket_counts Array(UInt64) CODEC(ZSTD(1)),
    scale Int32,
    zero_count UInt64,
    positive_offset Int32,
    negative_offset Int32,
    negative_bucket_counts Array(UInt64) CODEC(ZSTD(1)),
    quantiles Array(Tuple(quantile Float64, value Float64)) CODEC(ZSTD(1)),
    identity UInt64 CODEC(ZSTD(1))
)
ENGINE = ${replacing_merge_tree}
PARTITION BY toYYYYMM(time)
ORDER BY (project_id, name, toStartOfHour(time), service_name, time, identity)
SETTINGS ${durable};
