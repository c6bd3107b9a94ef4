-- Rows of a stage by what the target would do, and fingerprints of the difference and of what the target holds. Grain: op and action.
-- Filled: stage, preview.
SELECT s.op AS op, if(p.seq = 0, s.op, p.action) AS action, count() AS rows,
  toString(sum(toUInt128(sipHash64(s.op, s.key_hash, s.row_hash)))) AS changes_hash,
  toString(sum(toUInt128(sipHash64(s.key_hash, p.action, ifNull(p.before, '-'))))) AS target_hash
FROM {{stage}} AS s LEFT ANY JOIN {{preview}} AS p ON s.seq = p.seq
GROUP BY op, action
ORDER BY op, action
