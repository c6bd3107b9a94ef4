-- The forecast of the latest asOf. Grain: at most one row.
SELECT as_of, report FROM insight_forecasts ORDER BY as_of DESC LIMIT 1
