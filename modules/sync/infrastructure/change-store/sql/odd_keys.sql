-- Keys that need another look than row by row: several rows of the model have them (copies > 1), or the model has them no longer (copies = 0).
-- Grain: such a key. Filled: table, source, key_hash, key_missing. Parameters: sync String, mirror Bool (without it what left the model stays).
CREATE TABLE {{table}} ENGINE = MergeTree ORDER BY key_hash AS
SELECT key_hash, sum(of_model) AS copies, max(missing) AS missing
FROM (
  SELECT {{key_hash}} AS key_hash, toUInt32(1) AS of_model, ({{key_missing}}) AS missing, toUInt8(0) AS confirmed FROM {{source}} AS m
  UNION ALL
  SELECT key_hash, toUInt32(0) AS of_model, toUInt8(0) AS missing, toUInt8(1) AS confirmed
  FROM sync_state FINAL
  WHERE sync = {sync: String} AND deleted = 0 AND {mirror: Bool}
)
GROUP BY key_hash
HAVING copies > 1 OR missing = 1 OR (copies = 0 AND max(confirmed) = 1)
