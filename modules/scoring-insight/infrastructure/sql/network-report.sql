-- The report of a day by a version of the code. Grain: at most one row.
-- Parameters: day_start String (ISO 8601 instant, the beginning of a day), code_version String.
SELECT report
FROM insight_network_effects
WHERE as_of = parseDateTime64BestEffort({day_start: String}, 6, 'UTC') AND code_version = {code_version: String}
