-- The first instant after the given one. Grain: one row. Parameters: instant String (ISO 8601 UTC)
SELECT parseDateTime64BestEffort({instant: String}, 6, 'UTC') + toIntervalMicrosecond(1) AS later
