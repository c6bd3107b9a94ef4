-- Deals left out of the row set. Grain: one row a reason.
SELECT excluded AS reason, count() AS deals FROM insight_predictiveness_deals WHERE excluded != '' GROUP BY excluded
