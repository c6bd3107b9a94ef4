-- Deals whose stage is not the one their last event led to. Grain: one row a deal.
SELECT toString(p.partnership_id) AS record
FROM {{ this }} AS p
INNER JOIN (
  SELECT partnership_key, argMax(to_stage_key, stage_visit) AS last_stage_key
  FROM fact_deal_events
  WHERE partnership_key != 0
  GROUP BY partnership_key
) AS e ON e.partnership_key = p.partnership_key
WHERE p.current_stage_key != e.last_stage_key
