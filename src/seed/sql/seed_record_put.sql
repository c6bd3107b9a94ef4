-- Remembers what the product tables are being filled with; runs in the same transaction as the rows.
-- Grain: the one row. Parameters: $1 seed bigint, $2 as_of timestamptz, $3 scale double precision.
INSERT INTO insights_ops.product_seed (seed, as_of, scale) VALUES ($1, $2, $3)
ON CONFLICT (only_row) DO UPDATE
SET seed = excluded.seed, as_of = excluded.as_of, scale = excluded.scale, seeded_at = now(), finished_at = NULL;
