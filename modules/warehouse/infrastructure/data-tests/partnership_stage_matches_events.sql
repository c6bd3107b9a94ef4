-- warn | fact_partnerships | A deal's stage is the one its last event led to (where they disagree, the deal's stage wins).
SELECT toString(p.partnership_id) AS record
FROM fact_partnerships AS p
INNER JOIN (
  SELECT partnership_key, argMax(to_stage_key, stage_visit) AS last_stage_key
  FROM fact_deal_events
  WHERE partnership_key != 0
  GROUP BY partnership_key
) AS e ON e.partnership_key = p.partnership_key
WHERE p.current_stage_key != e.last_stage_key
