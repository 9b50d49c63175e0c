-- A part of questions about evaluations: the label that one has by the threshold that the project has set for its name, of
-- its columns `name`, `source`, `score` and `label`. Without a threshold, without a score, where a person judged, and where
-- the label is none that scores decide (`no_answer`, `yes`), it is the label as it was given. The same in Python:
-- storage.evaluators.thresholds.told_label. It stands for an expression.
if(source = 'human' OR label NOT IN ('', 'found', 'none', 'supported', 'unsupported'), toString(label),
    if(label IN ('supported', 'unsupported') OR label = '' AND name IN
        ('groundedness', 'groundedness_judge', 'groundedness_cascade', 'grounded', 'supported', 'faithfulness', 'faithful'),
        [toString(label), 'unsupported', 'supported'], [toString(label), 'none', 'found'])
    [ifNull(toUInt8(score >=
        (
            SELECT CAST((groupArray(toString(name)), groupArray(threshold)), 'Map(String, Nullable(Float64))')
            FROM thresholds FINAL
            WHERE project_id = {project:String} AND isNotNull(threshold)
        )[toString(name)]) + 2, 1)])
