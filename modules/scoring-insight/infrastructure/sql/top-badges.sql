-- Current badges, gold first, then by percentile. Grain: one row an entity and badge.
-- Parameters: limit UInt32.
SELECT
  b.entity_id AS entity_id,
  e.entity_name AS entity_name,
  b.tenant_id AS tenant_id,
  b.badge AS badge,
  b.level AS level,
  b.awarded_at AS awarded_at,
  b.expires_at AS expires_at,
  b.evidence AS evidence
FROM insight_entity_badges AS b
INNER JOIN dim_entity AS e ON e.entity_id = b.entity_id AND e.is_current AND e.entity_key != 0
ORDER BY b.level = 'gold' DESC, JSONExtractFloat(b.evidence, 'percentile') DESC, b.badge, b.entity_id
LIMIT {limit: UInt32}
