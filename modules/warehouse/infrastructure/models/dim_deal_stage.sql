-- Grain: one row per stage of the stages file, plus the unknown member of key 0.
-- Parameters: stage_names Array(String), stage_orders Array(UInt16), stage_categories Array(String), stage_outcomes Array(String)
SELECT
  sipHash64(stage.1) AS stage_key,
  stage.1 AS stage_name,
  stage.2 AS stage_order,
  stage.3 AS stage_category,
  stage.4 AS outcome
FROM (
  SELECT arrayJoin(arrayZip({stage_names: Array(String)}, {stage_orders: Array(UInt16)}, {stage_categories: Array(String)}, {stage_outcomes: Array(String)})) AS stage
)
UNION ALL
SELECT 0, 'unknown', 0, 'unknown', 'unknown'
