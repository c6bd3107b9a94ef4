-- Badges held after the last decision. Grain: one row an entity and badge.
SELECT entity_id, badge, tenant_id, level, awarded_at, expires_at, evidence FROM insight_entity_badges ORDER BY entity_id, badge
