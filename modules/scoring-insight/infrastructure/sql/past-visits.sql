-- Every visit to an open stage, for the backtest. Grain: one row a visit.
SELECT
  toString(owner_user_id) AS owner,
  stage,
  partnership_type,
  entered_day,
  last_day,
  multiIf(exit IN ('advanced', 'won'), 'advanced', exit = 'lost', 'lost', exit = 'moved_back', 'other', NULL) AS leaving
FROM insight_stage_visits
ORDER BY entered_day, partnership_id, entered_at
