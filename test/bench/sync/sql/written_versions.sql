-- Rows of the target that were written since: another version, a new row or none any more. Grain: one row of a count.
SELECT count(*)::int AS written
FROM insights.bench_items AS t FULL JOIN seen AS s ON s.id = t.id
WHERE (t.ctid, t.xmin::text) IS DISTINCT FROM (s.place, s.writer)
