-- A set, for the questions about failures: what can be told of each text that traces begin or end with, once a text. Of
-- long ones, the first 8,000 bytes. `language` is told by the commonest words of seven languages, of other scripts by
-- their letters; '' where that is not sure. Letters are characters.
SELECT
    hash,
    CAST((
        true,
        is_blank,
        letters,
        is_json,
        json_keys,
        runs >= 40 AND distinct_runs * 2 < runs,
        multiIf(
            notEmpty(script), script,
            (hits[best] >= 3 OR hits[best] = 2 AND length(words) <= 10)
                AND hits[best] >= 2 * arrayMax(arrayMap((h, i) -> if(i = best, 0, h), hits, arrayEnumerate(hits))),
            ['English', 'German', 'French', 'Spanish', 'Italian', 'Portuguese', 'Dutch'][best],
            ''),
        match(start, '(?i)^\\s*(no[,.!]|nope\\b|wrong\\b|incorrect\\b|that(''|’)?s? (is |was )?(wrong|incorrect|not (right|true|correct|what i))|(you|your answer)(''re|’re| are| is) (wrong|incorrect|mistaken)|(this|it) is (wrong|incorrect|not (right|true|correct|what i))|(this|that|it) can(no|''|’)?t be (right|correct|true)|are you sure\\b|i don(''|’)t think (that|this|it)((''|’)s| is) (true|right|correct)|not what i (asked|meant|wanted)|i (meant|asked for)\\b|das (ist falsch|stimmt nicht)|c(''|’)est faux|eso (no es|est[aá] mal))')
    ), 'Tuple(known Bool, is_blank Bool, letters UInt64, is_json Bool, json_keys Array(String), is_repeated Bool, language String, says_wrong Bool)') AS read
FROM
(
    SELECT
        hash, start, letters, is_blank,
        if(startsWith(trimLeft(text), '```'), extract(text, '```(?:json|JSON)?\\s*([\\s\\S]*?)\\s*```'), text) AS bare,
        JSONType(bare) IN ('Object', 'Array') AND isValidJSON(bare) AS is_json,
        if(is_json, JSONExtractKeys(bare), []) AS json_keys,
        splitByNonAlpha(lowerUTF8(start)) AS words,
        if(length(words) < 43, [0], arrayMap(s -> cityHash64(s), arrayShingles(arrayResize(words, greatest(4, length(words))), 4))) AS shingles,
        length(shingles) AS runs,
        length(arrayDistinct(shingles)) AS distinct_runs,
        [
            arrayCount(w -> w IN ('the', 'and', 'is', 'are', 'of', 'to', 'you', 'your', 'for', 'with', 'that', 'this', 'what', 'how', 'do', 'can', 'my', 'it', 'be', 'have', 'not', 'please', 'when', 'why', 'i', 'on', 'which', 'does', 'if', 'we', 'our', 'from', 'or', 'will', 'should', 'they', 'has', 'there', 'about', 'by'), words),
            arrayCount(w -> w IN ('der', 'die', 'das', 'und', 'ist', 'nicht', 'ich', 'sie', 'wie', 'ein', 'eine', 'einen', 'den', 'dem', 'zu', 'mit', 'für', 'auf', 'von', 'kann', 'wird', 'sich', 'mein', 'bitte', 'werden', 'am', 'im', 'unter', 'nach', 'um', 'aus', 'bei', 'oder', 'wenn', 'wir', 'sind', 'nur', 'bis', 'des', 'ihre', 'zur', 'zum'), words),
            arrayCount(w -> w IN ('le', 'les', 'des', 'est', 'et', 'vous', 'je', 'une', 'pour', 'dans', 'que', 'qui', 'pas', 'sur', 'avec', 'votre', 'mon', 'comment', 'ce', 'du', 'au', 'être', 'nous', 'sont', 'la', 'sous', 'aux', 'avant', 'après', 'ou', 'par', 'si', 'leur', 'ne'), words),
            arrayCount(w -> w IN ('el', 'los', 'las', 'es', 'y', 'usted', 'una', 'para', 'que', 'por', 'con', 'cómo', 'mi', 'su', 'puede', 'del', 'está', 'se', 'lo', 'qué', 'más', 'al', 'son', 'la', 'en', 'hace', 'desde', 'todas', 'todos', 'no', 'hasta', 'o', 'nos', 'sin'), words),
            arrayCount(w -> w IN ('il', 'gli', 'è', 'e', 'che', 'di', 'una', 'per', 'non', 'con', 'come', 'mio', 'sono', 'della', 'nel', 'si', 'può', 'dei', 'questo', 'alla', 'ho', 'la', 'i', 'un'), words),
            arrayCount(w -> w IN ('o', 'os', 'as', 'é', 'e', 'você', 'uma', 'para', 'não', 'com', 'como', 'meu', 'sua', 'pode', 'do', 'da', 'em', 'que', 'está', 'por', 'são', 'ao', 'dos', 'seu', 'um'), words),
            arrayCount(w -> w IN ('de', 'het', 'een', 'en', 'niet', 'ik', 'je', 'van', 'voor', 'met', 'zijn', 'dat', 'hoe', 'mijn', 'kan', 'op', 'te', 'wordt', 'naar', 'ook', 'aan', 'er', 'bij', 'u'), words)
        ] AS hits,
        indexOf(hits, arrayMax(hits)) AS best,
        if(length(start) = lengthUTF8(start), [], [
            countMatches(start, '[\\p{Hiragana}\\p{Katakana}]') * 5, countMatches(start, '\\p{Han}'), countMatches(start, '\\p{Hangul}'),
            countMatches(start, '\\p{Cyrillic}'), countMatches(start, '\\p{Arabic}'), countMatches(start, '\\p{Hebrew}'),
            countMatches(start, '\\p{Greek}'), countMatches(start, '\\p{Devanagari}'), countMatches(start, '\\p{Thai}')]) AS of_scripts,
        if(notEmpty(of_scripts) AND arrayMax(of_scripts) * 2 > countMatches(start, '\\pL') AND arrayMax(of_scripts) >= 4,
            ['Japanese', 'Chinese', 'Korean', 'Cyrillic', 'Arabic', 'Hebrew', 'Greek', 'Devanagari', 'Thai'][indexOf(of_scripts, arrayMax(of_scripts))],
            '') AS script
    FROM
    (
        SELECT
            hash, any(text) AS text, toValidUTF8(left(text, 8000)) AS start, lengthUTF8(text) AS letters,
            -- a message without any text is kept as it was sent
            empty(trimBoth(text)) OR any(kind) = 'message' AND startsWith(text, '{') AND JSONHas(text, 'role')
                AND (JSONHas(text, 'parts') OR JSONHas(text, 'content')) AS is_blank
        FROM contents
        WHERE project_id = {project:String}
            AND hash IN
            (
                SELECT arrayJoin([input[-1], output[-1]])
                FROM traces FINAL
                WHERE project_id = {project:String}
                    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
                    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
            )
        GROUP BY hash
    )
)
