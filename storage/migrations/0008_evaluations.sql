-- Named judgements of spans, traces and sessions: a row a version, none is ever changed. Of the versions of one
-- evaluation (place, name and id) the one of the latest `changed_at` counts. `trace_id` and `session_id` are both ''
-- while an evaluation that names only a response waits for the span of that response; when it is joined, its row comes
-- again at its place, and once more where it waited, as `moved`.
--
-- Under another name than the table before, so that each statement may run twice, also while rows come in.
CREATE TABLE IF NOT EXISTS evaluation_versions ${on_cluster}
(
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    response_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    name LowCardinality(String),
    id String CODEC(ZSTD(1)),
    changed_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    state Enum8('stands' = 0, 'retracted' = 1, 'moved' = 2),
    time DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    kind LowCardinality(String),
    score Nullable(Float64) CODEC(ZSTD(1)),
    label LowCardinality(String),
    explanation String CODEC(ZSTD(3)),
    correction String CODEC(ZSTD(3)),
    source LowCardinality(String),
    author String CODEC(ZSTD(1)),
    -- given here by the author, signed in: what comes from outside may name anybody
    by_member Bool,
    metadata String CODEC(ZSTD(3)),
    segment UInt64 CODEC(ZSTD(1)),
    INDEX by_id id TYPE bloom_filter(0.01) GRANULARITY 1,
    -- Filters, sorting and rates begin with one name. Without the long texts.
    PROJECTION by_name
    (
        SELECT project_id, name, trace_id, session_id, span_id, id, changed_at, state, time, kind, score, label, source, author, by_member
        ORDER BY project_id, name, trace_id
    )
)
ENGINE = ${replacing_merge_tree}
ORDER BY (project_id, trace_id, session_id, response_id, span_id, name, id, changed_at)
SETTINGS ${durable}, index_granularity = 1024, deduplicate_merge_projection_mode = 'rebuild';

DROP VIEW IF EXISTS store_span_evaluations ${on_cluster} SYNC;

DROP VIEW IF EXISTS store_log_evaluations ${on_cluster} SYNC;

DROP TABLE IF EXISTS evaluations ${on_cluster} SYNC;
