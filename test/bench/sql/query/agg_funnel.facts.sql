-- The question of agg_funnel.sql over the facts.
WITH
  path AS (
    SELECT stage_key, toUInt16(row_number() OVER (ORDER BY outcome = 'won', stage_order)) AS position
    FROM dim_deal_stage
    WHERE outcome IN ('open', 'won')
  ),
  furthest AS (
    SELECT s.partnership_key AS partnership_key, max(ifNull(p.position, 1)) AS position
    FROM (
      SELECT partnership_key, arrayJoin([from_stage_key, to_stage_key]) AS stage_key FROM fact_deal_events
      UNION ALL
      SELECT partnership_key, current_stage_key FROM fact_partnerships
    ) AS s
    LEFT JOIN path AS p ON p.stage_key = s.stage_key
    WHERE s.partnership_key IN (SELECT partnership_key FROM fact_partnerships WHERE NOT is_deleted)
    GROUP BY partnership_key
  )
SELECT p.position AS position, toUInt32(countIf(f.position >= p.position)) AS reached
FROM furthest AS f
CROSS JOIN path AS p
GROUP BY position
ORDER BY position
