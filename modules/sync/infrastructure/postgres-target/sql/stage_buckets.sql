-- Buckets whose rows are wanted: COPY takes no parameters. Grain: bucket.
CREATE TEMP TABLE sync_buckets (bucket bigint) ON COMMIT DROP
