-- What was used, by the hour: answers totals over months without reading spans.
CREATE TABLE IF NOT EXISTS usage ${on_cluster}
(
    project_id LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    tenant_id LowCardinality(String),
    feature LowCardinality(String),
    environment LowCardinality(String),
    service_name LowCardinality(String),
    operation LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    spans SimpleAggregateFunction(sum, UInt64),
    errors SimpleAggregateFunction(sum, UInt64),
    input_tokens SimpleAggregateFunction(sum, UInt64),
    cache_read_tokens SimpleAggregateFunction(sum, UInt64),
    cache_write_tokens SimpleAggregateFunction(sum, UInt64),
    output_tokens SimpleAggregateFunction(sum, UInt64),
    reasoning_tokens SimpleAggregateFunction(sum, UInt64),
    reported_cost_usd SimpleAggregateFunction(sum, Float64),
    unpriced_calls SimpleAggregateFunction(sum, UInt64),
    durations_s AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float64)
)
ENGINE = ${aggregating_merge_tree}
PARTITION BY toYYYYMM(hour)
ORDER BY (project_id, hour, tenant_id, feature, environment, service_name, operation, provider, model)
SETTINGS ${durable};
