-- Which version of an evaluator of ours gave an evaluation, with which probability the trace was in its sample, and under
-- which key its verdict is kept. Evaluations by others have none of it.
ALTER TABLE evaluation_versions ${on_cluster}
    ADD COLUMN IF NOT EXISTS evaluator_version LowCardinality(String) AFTER metadata,
    ADD COLUMN IF NOT EXISTS probability Float64 DEFAULT 1 CODEC(ZSTD(1)) AFTER evaluator_version,
    ADD COLUMN IF NOT EXISTS verdict_key UInt128 CODEC(ZSTD(1)) AFTER probability;

-- Under another name than the projection before, so that each statement may run twice, and rates never go without one.
ALTER TABLE evaluation_versions ${on_cluster}
    ADD PROJECTION IF NOT EXISTS by_name_weighted
    (
        SELECT
            project_id, name, trace_id, session_id, span_id, id, changed_at, state, time, kind, score, label, source, author,
            by_member, evaluator_version, probability
        ORDER BY project_id, name, trace_id
    );

ALTER TABLE evaluation_versions ${on_cluster} MATERIALIZE PROJECTION by_name_weighted;

ALTER TABLE evaluation_versions ${on_cluster} DROP PROJECTION IF EXISTS by_name;

-- What an evaluator's version says of an answer or a text: judged once, however many traces hold it. The key is a hash
-- of all that the evaluator was given. `details` is JSON: claims, findings, and figures of the evaluator's own.
CREATE TABLE IF NOT EXISTS verdicts ${on_cluster}
(
    project_id LowCardinality(String),
    evaluator LowCardinality(String),
    version LowCardinality(String),
    key UInt128 CODEC(ZSTD(1)),
    score Nullable(Float64) CODEC(ZSTD(1)),
    label LowCardinality(String),
    explanation String CODEC(ZSTD(3)),
    details String CODEC(ZSTD(3)),
    cost_usd Float64 CODEC(ZSTD(1)),
    at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX by_time at TYPE minmax GRANULARITY 1
)
ENGINE = ${replacing_merge_tree_at}
ORDER BY (project_id, evaluator, version, key)
SETTINGS ${durable}, index_granularity = 1024;

-- Which traces an evaluator has dealt with: by which version, as the trace stood when it was settled last before, and
-- under which key; 0 where there was nothing to judge.
CREATE TABLE IF NOT EXISTS evaluated_traces ${on_cluster}
(
    project_id LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    evaluator LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    version LowCardinality(String),
    settled_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    probability Float64 CODEC(ZSTD(1)),
    key UInt128 CODEC(ZSTD(1)),
    at DateTime64(6, 'UTC') CODEC(ZSTD(1))
)
ENGINE = ${replacing_merge_tree_at}
PARTITION BY toYYYYMM(hour)
ORDER BY (project_id, hour, evaluator, trace_id)
SETTINGS ${durable}, index_granularity = 1024;

-- How many changes of an hour an evaluator has seen: all traces of then have been dealt with.
CREATE TABLE IF NOT EXISTS evaluated_hours ${on_cluster}
(
    project_id LowCardinality(String),
    hour DateTime('UTC'),
    evaluator LowCardinality(String),
    changes UInt64,
    at DateTime64(6, 'UTC')
)
ENGINE = ${replacing_merge_tree_at}
ORDER BY (project_id, hour, evaluator)
SETTINGS ${durable};
