-- The reports of as_of's day except the one of as_of itself, which is about to be replaced. Grain: one row an asOf.
-- Parameters: target Identifier, as_of String (ISO 8601 instant).
INSERT INTO {target: Identifier} (as_of, report)
WITH parseDateTime64BestEffort({as_of: String}, 6, 'UTC') AS run_as_of
SELECT as_of, report
FROM insight_predictiveness
WHERE toYYYYMMDD(as_of) = toYYYYMMDD(run_as_of) AND as_of != run_as_of
