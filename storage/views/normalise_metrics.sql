-- A row a data point, whatever its type. `identity` tells a point that is sent again, beside its name and time.
SELECT
    project_id, name,
    fromUnixTimestamp64Nano(toInt64(if(point.time_ns BETWEEN received_ns - ${five_years_ns} AND received_ns + ${day_ns}, point.time_ns, received_ns)), 'UTC') AS time,
    fromUnixTimestamp64Nano(toInt64(least(point.start_ns, 9223372036854775807)), 'UTC') AS start_time,
    point.type AS type, unit, description,
    transform(point.temporality, [1, 2], ['delta', 'cumulative'], '') AS temporality,
    point.is_monotonic AS is_monotonic,
    resource_attributes['service.name'] AS service_name, scope_name, point.attributes AS attributes, resource_attributes,
    point.value AS value, point.count AS count, point.sum AS sum, point.min AS min, point.max AS max,
    point.bounds AS bounds, point.bucket_counts AS bucket_counts, point.scale AS scale, point.zero_count AS zero_count,
    point.positive_offset AS positive_offset, point.negative_offset AS negative_offset,
    point.negative_bucket_counts AS negative_bucket_counts, point.quantiles AS quantiles,
    sipHash64(resource_attributes, scope_name, point) AS identity
FROM
(
    SELECT
        project_id, received_ns, resource_attributes, sm.scope.name AS scope_name,
        m.name AS name, m.unit AS unit, m.description AS description,
        arrayConcat(
            ${gauge_points},
            ${sum_points},
            ${histogram_points},
            ${exponential_points},
            ${summary_points}) AS points
    FROM
    (
        SELECT
            project AS project_id, received_unix_nano AS received_ns, rm.scope_metrics AS scope_metrics,
            ${metric_resource_attributes} AS resource_attributes
        FROM landing_metrics
        ARRAY JOIN resource_metrics AS rm
    )
    ARRAY JOIN scope_metrics AS sm
    ARRAY JOIN sm.metrics AS m
)
ARRAY JOIN points AS point
