-- A target with the model's columns. Grain: one row an id. Filled: table.
CREATE TABLE {{table}} (
  id bigint PRIMARY KEY, name text, note text, d1 double precision, d2 double precision, d3 double precision, amount numeric(12, 2),
  updated_at timestamptz, active boolean, qty integer
)
