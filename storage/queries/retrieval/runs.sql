-- A set, for `alike`: the 64 runs of three words with the smallest hashes, of each document that was retrieved. Of texts
-- that have fewer words, the text itself.
SELECT
    hash, splitByNonAlpha(lowerUTF8(any(left(text, 20000)))) AS words,
    arraySlice(arraySort(arrayDistinct(if(length(words) < 3, [cityHash64(words)], arrayMap(s -> cityHash64(s), arrayShingles(arrayResize(words, greatest(3, length(words))), 3))))), 1, 64) AS runs
FROM contents
WHERE project_id = {project:String}
    AND hash IN (SELECT arrayJoin(arraySlice(listed, 1, 40)) FROM (${retrieval/listed}))
    AND notEmpty(text)
GROUP BY hash
