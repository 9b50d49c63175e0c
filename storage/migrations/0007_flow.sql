-- What flows between the views; Null tables keep nothing. Same columns as `spans`, with the texts inline.
CREATE TABLE IF NOT EXISTS spans_raw ${on_cluster} ENGINE = Null AS
SELECT *, CAST([], 'Array(Tuple(hash UInt128, kind String, raw String))') AS texts FROM spans LIMIT 0;

CREATE TABLE IF NOT EXISTS spans_in ${on_cluster} ENGINE = Null AS SELECT * FROM spans_raw LIMIT 0;

CREATE TABLE IF NOT EXISTS logs_raw ${on_cluster}
(
    project_id String, minute DateTime('UTC'), time DateTime64(9, 'UTC'), received_at DateTime64(3, 'UTC'),
    segment UInt64, identity UInt64, trace_id String, span_id String,
    severity_number UInt8, severity_text String, event_name String, service_name String, scope_name String,
    attributes Map(LowCardinality(String), String), resource_attributes Map(LowCardinality(String), String),
    system_instructions Array(UInt128), input_messages Array(UInt128), output_messages Array(UInt128),
    tool_definitions Array(UInt128), documents Array(UInt128), document_ids Array(String),
    document_scores Array(Nullable(Float64)), document_attributes Array(String), input Array(UInt128), output Array(UInt128), body Array(UInt128),
    texts Array(Tuple(hash UInt128, kind String, raw String))
)
ENGINE = Null;

CREATE TABLE IF NOT EXISTS logs_in ${on_cluster} ENGINE = Null AS SELECT * FROM logs_raw LIMIT 0;
