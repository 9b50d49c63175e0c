-- Which text a verdict is about, and what it was of the trace: `input`, `output` or `retrieved`; 0 and '' for a verdict on
-- an answer with its contexts, and for those from before.
ALTER TABLE verdicts ${on_cluster}
    ADD COLUMN IF NOT EXISTS text_hash UInt128 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS reads LowCardinality(String);
