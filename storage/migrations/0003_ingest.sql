-- What `Protobuf` requests land in, and what flows between the views. Nothing is kept in these.
CREATE TABLE IF NOT EXISTS landing_traces ${on_cluster}
(
    resource_spans ${resource_spans},
    project String, received_unix_nano UInt64, accepted UInt32, rejected UInt32, crc UInt32
)
ENGINE = Null;

CREATE TABLE IF NOT EXISTS landing_logs ${on_cluster}
(
    resource_logs ${resource_logs},
    project String, received_unix_nano UInt64, accepted UInt32, rejected UInt32, crc UInt32
)
ENGINE = Null;

CREATE TABLE IF NOT EXISTS landing_metrics ${on_cluster}
(
    resource_metrics ${resource_metrics},
    project String, received_unix_nano UInt64, accepted UInt32, rejected UInt32, crc UInt32
)
ENGINE = Null;

-- The account of what came in: a row a segment, project and signal. `stored` and `received` come from the views
-- that store, so they are committed, and deduplicated, with the data itself.
CREATE TABLE IF NOT EXISTS ledger ${on_cluster}
(
    segment String,
    signal LowCardinality(String),
    project_id LowCardinality(String),
    accepted UInt64,
    rejected UInt64,
    stored UInt64,
    quarantined UInt64,
    at DateTime('UTC') DEFAULT now()
)
ENGINE = ${merge_tree}
ORDER BY (segment, signal, project_id)
SETTINGS ${durable};
