-- Fingerprints and key texts of the rows in some buckets. Grain: row in the scope. Needs sync_buckets.
-- Filled: table, touchable, key_text, row_text, buckets, key_texts.
SELECT md5(k.key_text), md5(k.key_text || {{row_text}}), {{key_texts}}
FROM {{table}} AS t CROSS JOIN LATERAL (SELECT {{key_text}} AS key_text) AS k
WHERE {{touchable}} AND ('x' || left(md5(k.key_text), 8))::bit(32)::bigint % {{buckets}} = ANY (ARRAY(SELECT bucket FROM sync_buckets))
