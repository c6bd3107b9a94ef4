-- Grain: one row per stage and partnership type. A visit is complete when the deal moved on; quantiles over complete visits only
-- (open visits are censored: read these as what finished visits took, not as what a running one will take).
WITH visits AS (
  SELECT
    e.to_stage_key AS stage_key,
    p.partnership_type AS partnership_type,
    leadInFrame(e.days_in_previous_stage) OVER (PARTITION BY e.partnership_key ORDER BY e.stage_visit ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS days
  FROM fact_deal_events AS e
  INNER JOIN fact_partnerships AS p ON p.partnership_key = e.partnership_key
  WHERE NOT p.is_deleted
)
SELECT
  stage_key,
  partnership_type,
  toUInt32(count()) AS visits,
  toUInt32(count(days)) AS completed_visits,
  if(completed_visits = 0, NULL, quantileExactInclusiveIf(0.5)(assumeNotNull(days), days IS NOT NULL)) AS median_days,
  if(completed_visits = 0, NULL, quantileExactInclusiveIf(0.9)(assumeNotNull(days), days IS NOT NULL)) AS p90_days
FROM visits
GROUP BY stage_key, partnership_type
