-- What the product tables were seeded with, so that a seed killed between Postgres and the graph can be finished.
-- At most one row. finished_at stays null until the graph and the files are written. Safe to run twice.
CREATE SCHEMA IF NOT EXISTS insights_ops;

CREATE TABLE IF NOT EXISTS insights_ops.product_seed (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  seed        bigint NOT NULL,
  as_of       timestamptz NOT NULL,
  scale       double precision NOT NULL,
  seeded_at   timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
