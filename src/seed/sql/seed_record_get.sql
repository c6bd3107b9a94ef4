-- What the product tables were seeded with. Grain: no row or one (as_of in epoch milliseconds). Parameters: none.
SELECT
  seed::text                                  AS seed,
  (extract(epoch FROM as_of) * 1000)::bigint::text AS as_of_ms,
  scale                                       AS scale,
  finished_at IS NOT NULL                     AS finished
FROM insights_ops.product_seed;
