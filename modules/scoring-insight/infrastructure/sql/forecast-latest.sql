-- The forecast of the run that wrote insight_deal_forecasts, so that both are of one run; the latest where that table has no rows, or
-- where its run has no report any more. Grain: at most one row.
SELECT as_of, report
FROM insight_forecasts
WHERE as_of = (
  SELECT argMax(as_of, (as_of IN (SELECT as_of FROM insight_deal_forecasts LIMIT 1), as_of)) FROM insight_forecasts)
