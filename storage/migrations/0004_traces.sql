-- In which minutes a trace has spans: finds a trace, however far apart its spans are.
CREATE TABLE IF NOT EXISTS trace_minutes ${on_cluster}
(
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    minute DateTime('UTC') CODEC(ZSTD(1))
)
ENGINE = ${replacing_merge_tree}
ORDER BY (project_id, trace_id, minute)
SETTINGS ${durable}, index_granularity = 512;

-- Which traces a segment brought spans or logs of: what has to be settled after it.
CREATE TABLE IF NOT EXISTS touched_traces ${on_cluster}
(
    segment String,
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    at DateTime('UTC') DEFAULT now()
)
ENGINE = ${merge_tree}
ORDER BY (segment, project_id, trace_id)
TTL at + INTERVAL 30 DAY
SETTINGS ${durable};

-- Facts of whole traces, settled after each segment that touched them, as new rows: the newest version counts.
-- A trace whose start moved to another hour leaves a deleted row under the old one.
CREATE TABLE IF NOT EXISTS traces ${on_cluster}
(
    project_id LowCardinality(String),
    start_hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    settled_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    is_deleted UInt8,

    start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    duration_ns UInt64 CODEC(T64, ZSTD(1)),
    end_time DateTime64(9, 'UTC') ALIAS start_time + toIntervalNanosecond(duration_ns),
    root_span_id String CODEC(ZSTD(1)),
    has_root Bool,
    name LowCardinality(String),
    service_name LowCardinality(String),
    environment LowCardinality(String),
    status LowCardinality(String),
    error_type LowCardinality(String),
    span_count UInt32 CODEC(T64, ZSTD(1)),
    error_count UInt32 CODEC(T64, ZSTD(1)),

    session_id String CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    user_tier LowCardinality(String),
    tenant_id LowCardinality(String),
    feature LowCardinality(String),
    prompt_name LowCardinality(String),
    prompt_version LowCardinality(String),

    services Array(LowCardinality(String)) CODEC(ZSTD(1)),
    operations Array(LowCardinality(String)) CODEC(ZSTD(1)),
    models Array(LowCardinality(String)) CODEC(ZSTD(1)),
    chat_models Array(LowCardinality(String)) CODEC(ZSTD(1)),
    providers Array(LowCardinality(String)) CODEC(ZSTD(1)),
    tools Array(LowCardinality(String)) CODEC(ZSTD(1)),
    agents Array(LowCardinality(String)) CODEC(ZSTD(1)),
    guardrail_trips Array(LowCardinality(String)) CODEC(ZSTD(1)),

    model_calls UInt32 CODEC(T64, ZSTD(1)),
    tool_calls UInt32 CODEC(T64, ZSTD(1)),
    input_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_read_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_write_tokens UInt64 CODEC(T64, ZSTD(1)),
    output_tokens UInt64 CODEC(T64, ZSTD(1)),
    reasoning_tokens UInt64 CODEC(T64, ZSTD(1)),
    total_tokens UInt64 CODEC(T64, ZSTD(1)),
    cost_usd Nullable(Float64) CODEC(ZSTD(1)),
    time_to_first_token_s Nullable(Float64) CODEC(ZSTD(1)),
    queue_s Nullable(Float64) CODEC(ZSTD(1)),
    cache_hit Bool,
    is_fallback Bool,
    retry_count UInt64 CODEC(T64, ZSTD(1)),

    input Array(UInt128) CODEC(ZSTD(1)),
    output Array(UInt128) CODEC(ZSTD(1)),

    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_start start_time TYPE minmax GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${replacing_merge_tree_traces}
PARTITION BY toYYYYMM(start_hour)
ORDER BY (project_id, start_hour, trace_id)
SETTINGS ${durable}, index_granularity = 1024;
