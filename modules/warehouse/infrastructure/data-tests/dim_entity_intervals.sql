-- Entity ids whose versions leave a gap, overlap or last no time. Grain: one row a entity.
SELECT DISTINCT toString(entity_id) AS record
FROM (
  SELECT
    entity_id,
    valid_from,
    valid_to,
    lagInFrame(valid_to, 1, toDateTime64('1900-01-01 00:00:00', 6, 'UTC')) OVER versions AS ended_before,
    leadInFrame(valid_from, 1, toDateTime64('2299-12-31 00:00:00', 6, 'UTC')) OVER versions AS begins_after
  FROM {{ this }} AS tested
  WINDOW versions AS (PARTITION BY entity_id ORDER BY valid_from, valid_to ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
WHERE valid_from >= valid_to OR valid_from != ended_before OR valid_to != begins_after
