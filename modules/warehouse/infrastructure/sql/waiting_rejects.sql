-- Sources with rejects that were not replayed. Grain: one row a source.
-- Parameters: source String ('' = all), reason String ('' = all)
SELECT DISTINCT source
FROM raw_rejects
WHERE replayed_at IS NULL
  AND ({source: String} = '' OR source = {source: String}) AND ({reason: String} = '' OR reason_code = {reason: String})
