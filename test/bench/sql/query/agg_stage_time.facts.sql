-- The question of agg_stage_time.sql over the facts.
SELECT
  toString(v.stage_key) AS stage,
  v.partnership_type AS partnership_type,
  toUInt32(count()) AS visits,
  if(count(v.days) = 0, NULL, round(quantileExactInclusiveIf(0.5)(assumeNotNull(v.days), v.days IS NOT NULL), 6)) AS days
FROM (
  SELECT
    e.to_stage_key AS stage_key,
    p.partnership_type AS partnership_type,
    leadInFrame(e.days_in_previous_stage) OVER (PARTITION BY e.partnership_key ORDER BY e.stage_visit ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS days
  FROM fact_deal_events AS e
  INNER JOIN fact_partnerships AS p ON p.partnership_key = e.partnership_key
  WHERE NOT p.is_deleted
) AS v
GROUP BY stage, partnership_type
ORDER BY stage, partnership_type
