-- The days that the visits cover: none without visits. Grain: one row.
SELECT min(entered_day) AS first, max(last_day) AS last FROM insight_stage_visits HAVING count() > 0
