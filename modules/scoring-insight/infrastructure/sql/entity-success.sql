-- The success signal of an entity: its own rate with the Wilson interval of its benchmark, so that graph and benchmark
-- never disagree. Grain: one row a current entity with at least one outcome.
-- Parameters: target Identifier, as_of String (ISO 8601 instant).
INSERT INTO {target: Identifier} (entity_id, tenant_id, success_rate, n, low, high, as_of)
SELECT
  entity_id, tenant_id, assumeNotNull(value), n, assumeNotNull(ci_low), assumeNotNull(ci_high),
  parseDateTime64BestEffort({as_of: String}, 6, 'UTC')
FROM insight_entity_benchmarks
WHERE metric = 'success_rate' AND n > 0 AND value IS NOT NULL AND ci_low IS NOT NULL AND ci_high IS NOT NULL
ORDER BY entity_id
