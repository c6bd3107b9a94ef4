-- The report of the latest asOf. Grain: at most one row.
SELECT report FROM insight_predictiveness ORDER BY as_of DESC LIMIT 1
