-- Deals whose history a change touches: with new, changed or removed events (of an event that moved, both deals), with an actor of
-- other versions, and those that have arrived since events waited for them.
WITH
  -- Entities of which a version came, went or moved, with the instant from which that matters.
  moved AS (
    SELECT entity_id, min(valid_from) AS moved_since
    FROM (
      SELECT entity_id, entity_key, valid_from
      FROM {{ delta(dim_entity) }}
      GROUP BY entity_id, entity_key, valid_from
      HAVING sum(_sign) != 0
    )
    GROUP BY entity_id
  )
SELECT partnership_id AS key
FROM raw_deal_events
WHERE id IN (SELECT id FROM raw_deal_events WHERE {{ since(raw_deal_events) }})
UNION ALL
SELECT e.partnership_id
FROM raw_deal_events AS e
INNER JOIN moved AS m ON m.entity_id = e.actor_entity_id
WHERE e.occurred_at >= m.moved_since
UNION ALL
SELECT _partnership_id FROM fact_deal_events WHERE partnership_key = 0 AND {{ moved(raw_partnerships) }}
