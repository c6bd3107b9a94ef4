-- Where every row of the target stands and who wrote it, to see later whether anybody wrote. Grain: one row an id.
CREATE TEMP TABLE seen AS SELECT id, ctid AS place, xmin::text AS writer FROM insights.bench_items
