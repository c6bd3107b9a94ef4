-- Time to leave a stage and the thresholds in force, of the latest day: the pipeline first, then the stages in their order.
-- Grain: one row a (stage, type), '*' being all of them.
SELECT
  t.stage AS stage, t.partnership_type AS partnership_type, t.method AS method, t.code_version AS code_version,
  t.window_from AS window_from, t.window_to AS window_to, t.visits AS visits, t.exits AS exits, t.median AS median,
  t.p75 AS p75, t.p75_low AS p75_low, t.p75_high AS p75_high, t.p90 AS p90, t.p90_low AS p90_low, t.p90_high AS p90_high,
  t.warn_days AS warn_days, t.critical_days AS critical_days, t.source AS source, t.level AS level,
  t.reviewed_on AS reviewed_on, t.warnings AS warnings, t.as_of AS as_of
FROM insight_stage_time AS t
LEFT JOIN (SELECT stage_name, min(stage_order) AS stage_order FROM dim_deal_stage GROUP BY stage_name) AS s ON s.stage_name = t.stage
WHERE t.as_of = (SELECT max(as_of) FROM insight_stage_time)
ORDER BY t.stage = '*' DESC, s.stage_order NULLS LAST, t.stage, t.partnership_type
