-- A set, for the questions about usage: rows of some hours, or days, of a rollup with the figures that count, each in the
-- step of time that it belongs to. Steps begin at `starts`, seconds since 1970.
-- One SELECT, because tuples are read as a whole through a subquery, and by member from the table.
SELECT
    ${published} AS is_next,
    ${dimensions}, ${conversation} AS conversation, roundDown(toUnixTimestamp(${time}), {starts:Array(UInt32)}) AS step,
    ${figures}
FROM ${rollup} FINAL
WHERE project_id = {project:String} AND ${when}
    ${where}
