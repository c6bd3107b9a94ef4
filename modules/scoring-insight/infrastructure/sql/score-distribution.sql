-- How the components were distributed among the deals of each quarter, in steps of 0.01 (the step a score lies in).
-- Grain: one row a quarter of the deal's start and component; `steps` and `deals` go together, by step.
WITH ['semantic', 'goal_alignment', 'cultural_momentum', 'historical', 'authenticity'] AS names
SELECT quarter, component, groupArray(step) AS steps, groupArray(n) AS deals
FROM (
  SELECT
    concat(toString(toYear(started_at)), '-Q', toString(toQuarter(started_at))) AS quarter,
    name AS component,
    toUInt8(assumeNotNull(share) * 100) AS step,
    toUInt32(count()) AS n
  FROM insight_predictiveness_deals
  ARRAY JOIN [semantic, goal_alignment, cultural_momentum, historical, authenticity] AS share, names AS name
  WHERE excluded = '' AND share IS NOT NULL
  GROUP BY quarter, component, step
  ORDER BY step
)
GROUP BY quarter, component
ORDER BY quarter, component
