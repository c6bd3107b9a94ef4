-- Rows that the product's target and the limit's do not share. Grain: one row of a count.
SELECT count(*)::int AS differing FROM (
  (TABLE insights.bench_items EXCEPT TABLE insights.bench_limit) UNION ALL (TABLE insights.bench_limit EXCEPT TABLE insights.bench_items)
) AS d
