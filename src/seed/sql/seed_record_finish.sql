-- Marks the seed as complete: Postgres, graph and files. Grain: the one row. Parameters: none.
UPDATE insights_ops.product_seed SET finished_at = now() WHERE finished_at IS NULL;
