-- The limit's one merge: rows that are equal already are not written. Grain: one row an id.
INSERT INTO insights.bench_limit AS t SELECT * FROM incoming
ON CONFLICT (id) DO UPDATE SET
  name = excluded.name, note = excluded.note, d1 = excluded.d1, d2 = excluded.d2, d3 = excluded.d3, amount = excluded.amount,
  updated_at = excluded.updated_at, active = excluded.active, qty = excluded.qty
WHERE (t.name, t.note, t.d1, t.d2, t.d3, t.amount, t.updated_at, t.active, t.qty)
  IS DISTINCT FROM (excluded.name, excluded.note, excluded.d1, excluded.d2, excluded.d3, excluded.amount, excluded.updated_at, excluded.active, excluded.qty)
