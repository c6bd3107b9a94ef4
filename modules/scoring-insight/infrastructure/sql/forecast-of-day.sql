-- The forecast of a day. Grain: at most one row.
-- Parameters: as_of String (ISO 8601 instant of the day, UTC), code_version String.
SELECT as_of, report
FROM insight_forecasts
WHERE toYYYYMMDD(as_of) = toYYYYMMDD(parseDateTime64BestEffort({as_of: String}, 6, 'UTC')) AND code_version = {code_version: String}
ORDER BY as_of DESC
LIMIT 1
