-- Passages of texts, cut for showing, with a sketch of each by which like ones are known: the smallest `size` hashes of its
-- pairs of neighbouring words (A. Broder, On the resemblance and containment of documents, 1997, with the bottom-k sketch of
-- E. Cohen and H. Kaplan, 2007). Case, figures, signs and characters that no screen shows do not count. The three lists belong
-- together: hash, first character and length of each passage; length 0 is all of the text. Texts that are not kept are left
-- out. Asked by storage.guardrails.
SELECT
    hash, place_start, place_length, substringUTF8(passage, 1, {shown:UInt32}) AS text,
    extractAll(replaceRegexpAll(replaceRegexpAll(lowerUTF8(passage), '\\p{Cf}', ''), '\\p{N}+', '0'),
        '[\\p{Han}\\p{Hiragana}\\p{Katakana}\\p{Thai}]|[\\p{L}\\p{M}\\p{N}]+') AS words,
    arraySlice(arraySort(arrayDistinct(if(length(words) < 2, arrayMap(w -> toUInt32(bitAnd(sipHash64(w), 4294967295)), words),
        arrayMap((a, b) -> toUInt32(bitAnd(sipHash64(a, b), 4294967295)), arrayPopBack(words), arrayPopFront(words))))),
        1, {size:UInt32}) AS sketch
FROM
(
    SELECT
        w.1 AS hash, w.2 AS place_start, w.3 AS place_length,
        substringUTF8(c.text, w.2 + 1, if(w.3 > 0, w.3, {longest:UInt32})) AS passage
    FROM
    (
        SELECT arrayJoin(arrayZip({hashes:Array(UInt128)}, {starts:Array(UInt32)}, {lengths:Array(UInt32)})) AS w
    ) AS wanted
    INNER JOIN
    (
        SELECT hash, any(text) AS text
        FROM contents
        WHERE project_id = {project:String}
            AND hash IN {hashes:Array(UInt128)}
        GROUP BY hash
    ) AS c ON wanted.w.1 = c.hash
)
WHERE passage != ''
ORDER BY hash, place_start, place_length
LIMIT {limit:UInt32}
