-- Badge events that the history does not hold yet. Grain: one row an entity, badge, event and day.
-- Only what is missing: a badge that comes, goes and comes again within a day is stated once each way.
-- Parameters: source Identifier (the events, same columns).
INSERT INTO insight_badge_history (entity_id, badge, tenant_id, event, from_level, to_level, happened_at, evidence)
SELECT entity_id, badge, tenant_id, event, from_level, to_level, happened_at, evidence
FROM {source: Identifier}
WHERE (entity_id, badge, event, happened_at) NOT IN (SELECT entity_id, badge, event, happened_at FROM insight_badge_history)
ORDER BY entity_id, badge, happened_at, event
