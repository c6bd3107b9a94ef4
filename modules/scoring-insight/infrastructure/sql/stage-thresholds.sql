-- The thresholds in force at an instant: those of the latest day up to it. Grain: one row a (stage, type).
-- Parameters: as_of String (ISO 8601 instant).
SELECT stage, partnership_type, warn_days, critical_days, source, level, toInt32(reviewed_on) AS reviewed_day
FROM insight_stage_time
WHERE as_of = (SELECT max(as_of) FROM insight_stage_time WHERE as_of <= parseDateTime64BestEffort({as_of: String}, 6, 'UTC'))
ORDER BY stage, partnership_type
