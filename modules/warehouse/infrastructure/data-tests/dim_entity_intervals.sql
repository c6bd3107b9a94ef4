-- error | dim_entity | The versions of an entity cover 1900 to 2299 without a gap or an overlap.
SELECT toString(entity_id) AS record
FROM (
  SELECT
    entity_id,
    valid_from,
    valid_to,
    lagInFrame(toNullable(valid_to)) OVER (PARTITION BY entity_id ORDER BY valid_from ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
  FROM dim_entity
)
WHERE valid_from >= valid_to OR (before IS NOT NULL AND before != valid_from) OR (before IS NULL AND toYear(valid_from) != 1900)
