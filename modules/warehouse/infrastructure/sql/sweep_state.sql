-- What the log of sweeps says of each source: its newest row, when its keys were last compared, and since when it is held.
-- Grain: one row a source that was ever compared. No parameters.
SELECT newest.source AS source, outcome, live, missing, found, unknown, asked_by, compared_at, since
FROM (SELECT * FROM raw_sweeps ORDER BY at DESC LIMIT 1 BY source) AS newest
INNER JOIN (
  SELECT
    source,
    maxIf(at, outcome != 'released') AS compared_at,
    maxIf(at, outcome = 'applied') AS applied_at,
    arrayMin(arrayFilter(held_at -> held_at > applied_at, groupArrayIf(at, outcome = 'held'))) AS since
  FROM raw_sweeps
  GROUP BY source
) AS history ON history.source = newest.source
ORDER BY source
