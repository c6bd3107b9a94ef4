-- How far do deals get? Grain: one row a stage of the path.
SELECT path_position AS position, reached
FROM agg_funnel
WHERE scope = 'platform' AND dimension = 'all' AND path_position > 0
ORDER BY position
