-- Buckets whose rows are wanted. Grain: bucket. Parameters: buckets bigint[].
INSERT INTO sync_buckets SELECT unnest($1::bigint[])
