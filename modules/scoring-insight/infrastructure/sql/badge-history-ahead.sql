-- Badges whose level the history has otherwise than the badges held: a run was killed between writing the two.
-- Grain: one row an entity and badge; level is NULL where the history says lost. Of several events of one day, which
-- all bear its midnight, any that agrees with the badge held will do; else an award comes first and a loss last.
WITH
  stated AS (
    SELECT
      entity_id, badge, max(happened_at) AS last_at, maxIf(happened_at, event = 'awarded') AS last_award
    FROM insight_badge_history
    GROUP BY entity_id, badge
  ),
  last_day AS (
    SELECT
      s.entity_id AS entity_id,
      s.badge AS badge,
      any(s.last_at) AS last_at,
      any(s.last_award) AS last_award,
      groupUniqArray(ifNull(h.to_level, '')) AS levels,
      argMax((h.tenant_id, h.to_level, h.evidence), (multiIf(h.to_level IS NULL, 2, h.from_level IS NULL, 0, 1), h.event)) AS last
    FROM insight_badge_history AS h
    INNER JOIN stated AS s ON s.entity_id = h.entity_id AND s.badge = h.badge AND s.last_at = h.happened_at
    GROUP BY entity_id, badge
  )
SELECT
  d.entity_id AS entity_id,
  d.badge AS badge,
  d.last.1 AS tenant_id,
  d.last.2 AS level,
  d.last_award AS awarded_at,
  d.last_at AS happened_at,
  d.last.3 AS evidence
FROM last_day AS d
LEFT JOIN insight_entity_badges AS b ON b.entity_id = d.entity_id AND b.badge = d.badge
WHERE NOT has(d.levels, ifNull(b.level, ''))
ORDER BY entity_id, badge
