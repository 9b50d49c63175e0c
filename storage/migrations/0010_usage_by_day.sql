-- The rollup of hours once more by UTC days that are over: an hour of a small project holds hardly more calls than rows,
-- so that months are read from these in a fraction of the bytes. Made from usage_by_hour, whole days anew. Buckets have
-- counts of 32 bits here, as they are most of what is read.
CREATE TABLE IF NOT EXISTS usage_by_day ${on_cluster}
(
    project_id LowCardinality(String),
    day DateTime('UTC') CODEC(Delta, ZSTD(1)),
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
        cost_buckets Tuple(Array(Int16), Array(UInt32))) CODEC(ZSTD(1)),
    next Tuple(
        requests UInt64, unpriced_requests UInt64, failed_requests UInt64, retried_requests UInt64,
        input_tokens UInt64, uncached_input_tokens UInt64, cache_read_tokens UInt64, cache_write_tokens UInt64,
        cache_write_5m_tokens UInt64, cache_write_1h_tokens UInt64, output_tokens UInt64, reasoning_tokens UInt64,
        input_audio_tokens UInt64, output_audio_tokens UInt64, input_image_tokens UInt64, output_image_tokens UInt64,
        cost_usd Decimal(38, 12), input_cost_usd Decimal(38, 12), cache_read_cost_usd Decimal(38, 12),
        cache_write_cost_usd Decimal(38, 12), output_cost_usd Decimal(38, 12), request_cost_usd Decimal(38, 12),
        failed_cost_usd Decimal(38, 12), retried_cost_usd Decimal(38, 12),
        list_cost_usd Decimal(38, 12), cache_savings_usd Decimal(38, 12), gpu_seconds Float64,
        cost_buckets Tuple(Array(Int16), Array(UInt32))) CODEC(ZSTD(1)),
    next_costing UInt64 CODEC(ZSTD(1))
)
ENGINE = ${replacing_merge_tree_rollup}
PARTITION BY toYYYYMM(day)
ORDER BY (project_id, day, tenant_id, feature, user_tier, environment, service_name, operation, provider, model, prompt_name, prompt_version)
SETTINGS ${durable};

-- How many changes of its hours the rollup of a day has seen, all of which their own rollups had seen.
CREATE TABLE IF NOT EXISTS rolled_days ${on_cluster}
(
    project_id LowCardinality(String),
    day DateTime('UTC'),
    changes UInt64,
    rolled_at DateTime64(6, 'UTC')
)
ENGINE = ${replacing_merge_tree_rolled_at}
ORDER BY (project_id, day)
SETTINGS ${durable};
