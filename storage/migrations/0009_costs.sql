-- Usage in one normal form: what decides a price besides the tokens, and the tokens that have prices of their own.
ALTER TABLE spans ${on_cluster}
    ADD COLUMN IF NOT EXISTS service_tier LowCardinality(String) AFTER reported_cost_usd,
    ADD COLUMN IF NOT EXISTS processing LowCardinality(String) AFTER service_tier,
    ADD COLUMN IF NOT EXISTS input_audio_tokens UInt64 CODEC(T64, ZSTD(1)) AFTER processing,
    ADD COLUMN IF NOT EXISTS cache_read_audio_tokens UInt64 CODEC(T64, ZSTD(1)) AFTER input_audio_tokens,
    ADD COLUMN IF NOT EXISTS input_image_tokens UInt64 CODEC(T64, ZSTD(1)) AFTER cache_read_audio_tokens,
    ADD COLUMN IF NOT EXISTS cache_read_image_tokens UInt64 CODEC(T64, ZSTD(1)) AFTER input_image_tokens,
    ADD COLUMN IF NOT EXISTS output_audio_tokens UInt64 CODEC(T64, ZSTD(1)) AFTER cache_read_image_tokens,
    ADD COLUMN IF NOT EXISTS output_image_tokens UInt64 CODEC(T64, ZSTD(1)) AFTER output_audio_tokens,
    ADD COLUMN IF NOT EXISTS usage_rule LowCardinality(String) AFTER output_image_tokens,
    ADD COLUMN IF NOT EXISTS usage_mismatch Int64 CODEC(T64, ZSTD(1)) AFTER usage_rule;

ALTER TABLE spans_raw ${on_cluster}
    ADD COLUMN IF NOT EXISTS service_tier LowCardinality(String) AFTER reported_cost_usd,
    ADD COLUMN IF NOT EXISTS processing LowCardinality(String) AFTER service_tier,
    ADD COLUMN IF NOT EXISTS input_audio_tokens UInt64 AFTER processing,
    ADD COLUMN IF NOT EXISTS cache_read_audio_tokens UInt64 AFTER input_audio_tokens,
    ADD COLUMN IF NOT EXISTS input_image_tokens UInt64 AFTER cache_read_audio_tokens,
    ADD COLUMN IF NOT EXISTS cache_read_image_tokens UInt64 AFTER input_image_tokens,
    ADD COLUMN IF NOT EXISTS output_audio_tokens UInt64 AFTER cache_read_image_tokens,
    ADD COLUMN IF NOT EXISTS output_image_tokens UInt64 AFTER output_audio_tokens,
    ADD COLUMN IF NOT EXISTS usage_rule LowCardinality(String) AFTER output_image_tokens,
    ADD COLUMN IF NOT EXISTS usage_mismatch Int64 AFTER usage_rule;

ALTER TABLE spans_in ${on_cluster}
    ADD COLUMN IF NOT EXISTS service_tier LowCardinality(String) AFTER reported_cost_usd,
    ADD COLUMN IF NOT EXISTS processing LowCardinality(String) AFTER service_tier,
    ADD COLUMN IF NOT EXISTS input_audio_tokens UInt64 AFTER processing,
    ADD COLUMN IF NOT EXISTS cache_read_audio_tokens UInt64 AFTER input_audio_tokens,
    ADD COLUMN IF NOT EXISTS input_image_tokens UInt64 AFTER cache_read_audio_tokens,
    ADD COLUMN IF NOT EXISTS cache_read_image_tokens UInt64 AFTER input_image_tokens,
    ADD COLUMN IF NOT EXISTS output_audio_tokens UInt64 AFTER cache_read_image_tokens,
    ADD COLUMN IF NOT EXISTS output_image_tokens UInt64 AFTER output_audio_tokens,
    ADD COLUMN IF NOT EXISTS usage_rule LowCardinality(String) AFTER output_image_tokens,
    ADD COLUMN IF NOT EXISTS usage_mismatch Int64 AFTER usage_rule;

-- How many calls of a trace have no price, and what its tokens cost.
ALTER TABLE traces ${on_cluster}
    ADD COLUMN IF NOT EXISTS unpriced_calls UInt32 CODEC(T64, ZSTD(1)) AFTER cost_usd;

-- What a model costs at which time: what Python found out once about each way in which calls name their model. The
-- last entry that holds for a call counts, `units` are USD a unit (see storage/costs/prices.py). `list_periods` is the API's list price, also
-- where the project has a price of its own.
CREATE TABLE IF NOT EXISTS prices ${on_cluster}
(
    project_id LowCardinality(String),
    provider String,
    request_model String,
    response_model String,
    service_tier String,
    processing String,
    resolved_at DateTime64(6, 'UTC'),
    periods Array(Tuple(
        since DateTime('UTC'), from_second UInt32, to_second UInt32, least_input_tokens UInt64, kind String, name String,
        units Array(Decimal(38, 18)))),
    list_periods Array(Tuple(
        since DateTime('UTC'), from_second UInt32, to_second UInt32, least_input_tokens UInt64, kind String, name String,
        units Array(Decimal(38, 18))))
)
ENGINE = ${replacing_merge_tree_prices}
ORDER BY (project_id, provider, request_model, response_model, service_tier, processing)
SETTINGS ${durable}, index_granularity = 512;

-- One row a span that reports usage of a model, settled with its trace: the newest version counts. `now` holds the
-- figures. A costing writes the figures that it found as `next`, beside them; once it is published (a row in
-- `costings`) they are the ones that count, everywhere at once.
CREATE TABLE IF NOT EXISTS calls ${on_cluster}
(
    project_id LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    settled_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),

    start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    duration_ns UInt64 CODEC(T64, ZSTD(1)),
    tenant_id LowCardinality(String),
    feature LowCardinality(String),
    user_id String CODEC(ZSTD(1)),
    user_tier LowCardinality(String),
    session_id String CODEC(ZSTD(1)),
    environment LowCardinality(String),
    service_name LowCardinality(String),
    operation LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    request_model LowCardinality(String),
    response_model LowCardinality(String),
    service_tier LowCardinality(String),
    processing LowCardinality(String),
    prompt_name LowCardinality(String),
    prompt_version LowCardinality(String),
    failed Bool,
    retried Bool,
    streamed Bool,
    cache_hit Bool,
    self_hosted Bool,
    cache_read_audio_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_read_image_tokens UInt64 CODEC(T64, ZSTD(1)),
    reported_cost_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),

    now Tuple(
        counted Bool, rule LowCardinality(String),
        input_tokens UInt64, uncached_input_tokens UInt64, cache_read_tokens UInt64, cache_write_tokens UInt64,
        cache_write_5m_tokens UInt64, cache_write_1h_tokens UInt64, output_tokens UInt64, reasoning_tokens UInt64,
        input_audio_tokens UInt64, output_audio_tokens UInt64, input_image_tokens UInt64, output_image_tokens UInt64,
        usage_mismatch Int64, uncovered_tokens UInt64,
        price LowCardinality(String), price_name LowCardinality(String),
        cost_usd Decimal(38, 12), input_cost_usd Decimal(38, 12), cache_read_cost_usd Decimal(38, 12),
        cache_write_cost_usd Decimal(38, 12), output_cost_usd Decimal(38, 12), request_cost_usd Decimal(38, 12),
        list_cost_usd Decimal(38, 12), cache_savings_usd Decimal(38, 12), gpu_seconds Float64) CODEC(ZSTD(1)),
    next Tuple(
        counted Bool, rule LowCardinality(String),
        input_tokens UInt64, uncached_input_tokens UInt64, cache_read_tokens UInt64, cache_write_tokens UInt64,
        cache_write_5m_tokens UInt64, cache_write_1h_tokens UInt64, output_tokens UInt64, reasoning_tokens UInt64,
        input_audio_tokens UInt64, output_audio_tokens UInt64, input_image_tokens UInt64, output_image_tokens UInt64,
        usage_mismatch Int64, uncovered_tokens UInt64,
        price LowCardinality(String), price_name LowCardinality(String),
        cost_usd Decimal(38, 12), input_cost_usd Decimal(38, 12), cache_read_cost_usd Decimal(38, 12),
        cache_write_cost_usd Decimal(38, 12), output_cost_usd Decimal(38, 12), request_cost_usd Decimal(38, 12),
        list_cost_usd Decimal(38, 12), cache_savings_usd Decimal(38, 12), gpu_seconds Float64) CODEC(ZSTD(1)),
    next_costing UInt64 CODEC(ZSTD(1)),
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_user user_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ${replacing_merge_tree_settled}
PARTITION BY toYYYYMM(hour)
ORDER BY (project_id, hour, trace_id, span_id)
SETTINGS ${durable}, index_granularity = 1024;

-- One row a span of the serving tier: when which GPU worked for which call.
CREATE TABLE IF NOT EXISTS servings ${on_cluster}
(
    project_id LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    settled_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    -- cityHash64(project_id, trace_id, span_id) of the call that it served, 0 where no span above reports usage
    call UInt64 CODEC(ZSTD(1)),
    instance LowCardinality(String),
    engine LowCardinality(String),
    model LowCardinality(String),
    start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    duration_ns UInt64 CODEC(T64, ZSTD(1)),
    queue_s Nullable(Float64) CODEC(ZSTD(1)),
    server_duration_s Nullable(Float64) CODEC(ZSTD(1)),
    input_tokens UInt64 CODEC(T64, ZSTD(1)),
    output_tokens UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = ${replacing_merge_tree_settled}
PARTITION BY toYYYYMM(hour)
ORDER BY (project_id, hour, trace_id, span_id)
SETTINGS ${durable}, index_granularity = 1024;

-- What settling a trace gives; flows into `traces`, `calls` and `servings`.
CREATE TABLE IF NOT EXISTS settled_traces ${on_cluster} ENGINE = Null AS SELECT * FROM traces LIMIT 0;

ALTER TABLE settled_traces ${on_cluster}
    ADD COLUMN IF NOT EXISTS calls Array(Tuple(
        hour DateTime('UTC'), span_id String, start_time DateTime64(9, 'UTC'), duration_ns UInt64,
        tenant_id String, feature String, user_id String, user_tier String, session_id String, environment String,
        service_name String, operation String, provider String, model String, request_model String,
        response_model String, service_tier String, processing String, prompt_name String, prompt_version String,
        failed Bool, retried Bool, streamed Bool, cache_hit Bool, self_hosted Bool, cache_read_audio_tokens UInt64,
        cache_read_image_tokens UInt64, reported_cost_usd Nullable(Decimal(38, 12)), facts Tuple(
        counted Bool, rule LowCardinality(String),
        input_tokens UInt64, uncached_input_tokens UInt64, cache_read_tokens UInt64, cache_write_tokens UInt64,
        cache_write_5m_tokens UInt64, cache_write_1h_tokens UInt64, output_tokens UInt64, reasoning_tokens UInt64,
        input_audio_tokens UInt64, output_audio_tokens UInt64, input_image_tokens UInt64, output_image_tokens UInt64,
        usage_mismatch Int64, uncovered_tokens UInt64,
        price LowCardinality(String), price_name LowCardinality(String),
        cost_usd Decimal(38, 12), input_cost_usd Decimal(38, 12), cache_read_cost_usd Decimal(38, 12),
        cache_write_cost_usd Decimal(38, 12), output_cost_usd Decimal(38, 12), request_cost_usd Decimal(38, 12),
        list_cost_usd Decimal(38, 12), cache_savings_usd Decimal(38, 12), gpu_seconds Float64))),
    ADD COLUMN IF NOT EXISTS servings Array(Tuple(
        hour DateTime('UTC'), span_id String, call UInt64, instance String, engine String, model String,
        start_time DateTime64(9, 'UTC'), duration_ns UInt64, queue_s Nullable(Float64),
        server_duration_s Nullable(Float64), input_tokens UInt64, output_tokens UInt64));

-- Which costings count.
CREATE TABLE IF NOT EXISTS costings ${on_cluster}
(
    project_id LowCardinality(String),
    id UInt64,
    state LowCardinality(String),
    at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ${merge_tree}
ORDER BY (project_id, id)
SETTINGS ${durable};

-- How often the calls of an hour changed, and how many of these changes its rollup has seen: counted rather than
-- timed, because a change may become visible later than its clock says.
CREATE TABLE IF NOT EXISTS changed_hours ${on_cluster}
(
    project_id LowCardinality(String),
    hour DateTime('UTC'),
    changes UInt64
)
ENGINE = ${summing_merge_tree}
ORDER BY (project_id, hour)
SETTINGS ${durable};

CREATE TABLE IF NOT EXISTS rolled_hours ${on_cluster}
(
    project_id LowCardinality(String),
    hour DateTime('UTC'),
    changes UInt64,
    rolled_at DateTime64(6, 'UTC')
)
ENGINE = ${replacing_merge_tree_rolled_at}
ORDER BY (project_id, hour)
SETTINGS ${durable};

-- What was spent, by the hour: answers totals over months without reading spans. All rows of an hour are made anew from
-- its calls, in one insert: the newest version of a row counts, and rows that are gone come once more as deleted.
CREATE TABLE IF NOT EXISTS usage_by_hour ${on_cluster}
(
    project_id LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    tenant_id LowCardinality(String),
    feature LowCardinality(String),
    user_tier LowCardinality(String),
    environment LowCardinality(String),
    service_name LowCardinality(String),
    operation LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    prompt_name LowCardinality(String),
    prompt_version LowCardinality(String),
    version DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    is_deleted UInt8,
    now Tuple(
        requests UInt64, unpriced_requests UInt64, failed_requests UInt64, retried_requests UInt64,
        input_tokens UInt64, uncached_input_tokens UInt64, cache_read_tokens UInt64, cache_write_tokens UInt64,
        cache_write_5m_tokens UInt64, cache_write_1h_tokens UInt64, output_tokens UInt64, reasoning_tokens UInt64,
        input_audio_tokens UInt64, output_audio_tokens UInt64, input_image_tokens UInt64, output_image_tokens UInt64,
        cost_usd Decimal(38, 12), input_cost_usd Decimal(38, 12), cache_read_cost_usd Decimal(38, 12),
        cache_write_cost_usd Decimal(38, 12), output_cost_usd Decimal(38, 12), request_cost_usd Decimal(38, 12),
        failed_cost_usd Decimal(38, 12), retried_cost_usd Decimal(38, 12),
        list_cost_usd Decimal(38, 12), cache_savings_usd Decimal(38, 12), gpu_seconds Float64,
        cost_buckets Tuple(Array(Int16), Array(UInt64))) CODEC(ZSTD(1)),
    next Tuple(
        requests UInt64, unpriced_requests UInt64, failed_requests UInt64, retried_requests UInt64,
        input_tokens UInt64, uncached_input_tokens UInt64, cache_read_tokens UInt64, cache_write_tokens UInt64,
        cache_write_5m_tokens UInt64, cache_write_1h_tokens UInt64, output_tokens UInt64, reasoning_tokens UInt64,
        input_audio_tokens UInt64, output_audio_tokens UInt64, input_image_tokens UInt64, output_image_tokens UInt64,
        cost_usd Decimal(38, 12), input_cost_usd Decimal(38, 12), cache_read_cost_usd Decimal(38, 12),
        cache_write_cost_usd Decimal(38, 12), output_cost_usd Decimal(38, 12), request_cost_usd Decimal(38, 12),
        failed_cost_usd Decimal(38, 12), retried_cost_usd Decimal(38, 12),
        list_cost_usd Decimal(38, 12), cache_savings_usd Decimal(38, 12), gpu_seconds Float64,
        cost_buckets Tuple(Array(Int16), Array(UInt64))) CODEC(ZSTD(1)),
    next_costing UInt64 CODEC(ZSTD(1))
)
ENGINE = ${replacing_merge_tree_rollup}
PARTITION BY toYYYYMM(hour)
ORDER BY (project_id, hour, tenant_id, feature, user_tier, environment, service_name, operation, provider, model, prompt_name, prompt_version)
SETTINGS ${durable};

-- The same by conversation and user.
CREATE TABLE IF NOT EXISTS usage_by_session ${on_cluster}
(
    project_id LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    tenant_id LowCardinality(String),
    user_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    version DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    is_deleted UInt8,
    now Tuple(
        requests UInt64, unpriced_requests UInt64, failed_requests UInt64, retried_requests UInt64,
        input_tokens UInt64, uncached_input_tokens UInt64, cache_read_tokens UInt64, cache_write_tokens UInt64,
        cache_write_5m_tokens UInt64, cache_write_1h_tokens UInt64, output_tokens UInt64, reasoning_tokens UInt64,
        input_audio_tokens UInt64, output_audio_tokens UInt64, input_image_tokens UInt64, output_image_tokens UInt64,
        cost_usd Decimal(38, 12), input_cost_usd Decimal(38, 12), cache_read_cost_usd Decimal(38, 12),
        cache_write_cost_usd Decimal(38, 12), output_cost_usd Decimal(38, 12), request_cost_usd Decimal(38, 12),
        failed_cost_usd Decimal(38, 12), retried_cost_usd Decimal(38, 12),
        list_cost_usd Decimal(38, 12), cache_savings_usd Decimal(38, 12), gpu_seconds Float64,
        cost_buckets Tuple(Array(Int16), Array(UInt64))) CODEC(ZSTD(1)),
    next Tuple(
        requests UInt64, unpriced_requests UInt64, failed_requests UInt64, retried_requests UInt64,
        input_tokens UInt64, uncached_input_tokens UInt64, cache_read_tokens UInt64, cache_write_tokens UInt64,
        cache_write_5m_tokens UInt64, cache_write_1h_tokens UInt64, output_tokens UInt64, reasoning_tokens UInt64,
        input_audio_tokens UInt64, output_audio_tokens UInt64, input_image_tokens UInt64, output_image_tokens UInt64,
        cost_usd Decimal(38, 12), input_cost_usd Decimal(38, 12), cache_read_cost_usd Decimal(38, 12),
        cache_write_cost_usd Decimal(38, 12), output_cost_usd Decimal(38, 12), request_cost_usd Decimal(38, 12),
        failed_cost_usd Decimal(38, 12), retried_cost_usd Decimal(38, 12),
        list_cost_usd Decimal(38, 12), cache_savings_usd Decimal(38, 12), gpu_seconds Float64,
        cost_buckets Tuple(Array(Int16), Array(UInt64))) CODEC(ZSTD(1)),
    next_costing UInt64 CODEC(ZSTD(1))
)
ENGINE = ${replacing_merge_tree_rollup}
PARTITION BY toYYYYMM(hour)
ORDER BY (project_id, hour, tenant_id, user_id, session_id)
SETTINGS ${durable};

-- The rollup of before, which summed what spans said.
DROP VIEW IF EXISTS store_usage ${on_cluster} SYNC;

DROP TABLE IF EXISTS usage ${on_cluster} SYNC;
