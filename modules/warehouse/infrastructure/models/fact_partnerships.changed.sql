-- Deals that a change touches: their own, of their events and milestones (of a milestone that moved, both deals), their partners'
-- versions, their owner's coming or leaving, the rates of their currency.
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
  ),
  moved_users AS (
    SELECT user_id
    FROM {{ delta(dim_user) }}
    GROUP BY user_id, user_key
    HAVING sum(_sign) != 0
  ),
  moved_rates AS (
    SELECT currency, min(date) AS moved_since
    FROM raw_fx_rates
    WHERE {{ since(raw_fx_rates) }}
    GROUP BY currency
  )
SELECT id AS key FROM raw_partnerships WHERE {{ since(raw_partnerships) }}
UNION ALL
SELECT _partnership_id FROM {{ delta(fact_deal_events) }}
UNION ALL
SELECT partnership_id
FROM raw_milestones
WHERE id IN (SELECT id FROM raw_milestones WHERE {{ since(raw_milestones) }})
UNION ALL
SELECT d.id
FROM raw_partnerships AS d
INNER JOIN moved AS m ON m.entity_id = d.entity1_id
WHERE d.created_at >= m.moved_since
UNION ALL
SELECT d.id
FROM raw_partnerships AS d
INNER JOIN moved AS m ON m.entity_id = d.entity2_id
WHERE d.created_at >= m.moved_since
UNION ALL
SELECT id FROM raw_partnerships WHERE owner_user_id IN (SELECT user_id FROM moved_users)
UNION ALL
SELECT d.id
FROM raw_partnerships AS d
INNER JOIN moved_rates AS r ON r.currency = d.currency
WHERE toDate32(d.created_at) >= r.moved_since
