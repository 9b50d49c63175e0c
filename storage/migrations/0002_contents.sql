-- Every message, document, prompt and payload once a project, keyed by its hash. `body` is the JSON as sent; it is
-- empty for a plain text message, which {role, text} rebuilds. Small granules: a page of traces looks up a hundred
-- scattered hashes.
CREATE TABLE IF NOT EXISTS contents ${on_cluster}
(
    project_id LowCardinality(String),
    hash UInt128 CODEC(ZSTD(1)),
    kind LowCardinality(String),
    role LowCardinality(String),
    text String CODEC(ZSTD(3)),
    body String CODEC(ZSTD(3)),
    first_seen DateTime('UTC') CODEC(ZSTD(1)),
    INDEX by_text text TYPE text(tokenizer = splitByNonAlpha, preprocessor = lower(text)) GRANULARITY 100000000
)
ENGINE = ${replacing_merge_tree}
ORDER BY (project_id, hash)
SETTINGS ${durable}, index_granularity = 512;
