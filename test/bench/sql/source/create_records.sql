-- The product's side of the eight-column rows. Grain: one row a number.
CREATE TABLE bench.records (
  id bigint PRIMARY KEY, ref uuid NOT NULL, note text NOT NULL, remark text, amount numeric(12, 2) NOT NULL, score numeric(5, 4) NOT NULL,
  happened_at timestamptz NOT NULL, kind text NOT NULL
)
