-- The instant, or the first one after every confirmed load of these sources. Grain: one row.
-- Parameters: instant String (ISO 8601 UTC), sources Array(String)
SELECT greatest(
  parseDateTime64BestEffort({instant: String}, 6, 'UTC'),
  max(changed_at) + toIntervalMicrosecond(1)
) AS later
FROM raw_cursors
WHERE source IN {sources: Array(String)}
