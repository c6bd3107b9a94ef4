-- The instant, or the first one after the position where a clock went back. Grain: one row.
-- Parameters: instant String, position String (ISO 8601 UTC)
SELECT greatest(
  parseDateTime64BestEffort({instant: String}, 6, 'UTC'),
  parseDateTime64BestEffort({position: String}, 6, 'UTC') + toIntervalMicrosecond(1)
) AS later
