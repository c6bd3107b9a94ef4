-- How dense each segment was and how many partnerships its entities began, month by month.
-- Grain: one row a segment (industry and tier of the entity's current version) and complete month (UTC) of the last 36 in which the
-- segment had an entity; month counts from January 1970.
-- active: entities that had joined before the month began and were not deleted by then. Not those that dealt lately: matches would
-- then make the density that is to explain them. begun: partnerships begun in the month (the earlier of created_at and the first
-- event), once for each side that is such an entity.
-- Parameters: day_start String (ISO 8601 instant, the beginning of a day).
WITH
  toRelativeMonthNum(toDate('1970-01-01')) AS epoch_month,
  toInt32(toRelativeMonthNum(parseDateTime64BestEffort({day_start: String}, 6, 'UTC'), 'UTC') - epoch_month) AS this_month,
  toInt32(this_month - 36) AS first_month,
  -- Of an entity that was deleted before it was first seen nobody knows since when: it was never there.
  entity AS (
    SELECT
      entity_id,
      concat(industry, ', ', tier) AS segment,
      toInt32(toRelativeMonthNum(created_at, 'UTC') - epoch_month + 1) AS from_month,
      if(is_deleted, toInt32(toRelativeMonthNum(valid_from, 'UTC') - epoch_month + 1), this_month) AS until_month
    FROM dim_entity
    WHERE entity_key != 0 AND is_current AND (NOT is_deleted OR version > 1)
  ),
  entity_of_key AS (
    SELECT k.entity_key AS entity_key, e.*
    FROM dim_entity AS k
    INNER JOIN entity AS e ON e.entity_id = k.entity_id
  ),
  change AS (
    SELECT segment, month, sum(entities) AS entities
    FROM (
      SELECT segment, greatest(from_month, first_month) AS month, toInt64(1) AS entities
      FROM entity
      WHERE from_month < until_month AND from_month < this_month
      UNION ALL
      SELECT segment, greatest(until_month, first_month), -1
      FROM entity
      WHERE from_month < until_month AND until_month < this_month
    )
    GROUP BY segment, month
  ),
  grid AS (
    SELECT segment, toInt32(first_month + number) AS month
    FROM (SELECT DISTINCT segment FROM change) AS s
    CROSS JOIN numbers(36) AS m
  ),
  density AS (
    SELECT
      g.segment AS segment,
      g.month AS month,
      sum(ifNull(c.entities, 0)) OVER (PARTITION BY g.segment ORDER BY g.month ROWS UNBOUNDED PRECEDING) AS active
    FROM grid AS g
    LEFT JOIN change AS c ON c.segment = g.segment AND c.month = g.month
  ),
  first_event AS (
    SELECT partnership_key, min(event_timestamp) AS first_at FROM fact_deal_events GROUP BY partnership_key
  ),
  side AS (
    SELECT
      arrayJoin(arrayDistinct([p.entity1_key, p.entity2_key])) AS entity_key,
      p.partnership_key AS partnership_key,
      toInt32(toRelativeMonthNum(least(p.created_at, ifNull(f.first_at, p.created_at)), 'UTC') - epoch_month) AS month
    FROM fact_partnerships AS p
    LEFT JOIN first_event AS f ON f.partnership_key = p.partnership_key
    WHERE NOT p.is_deleted
  ),
  match AS (
    SELECT e.segment AS segment, s.month AS month, uniqExact(s.partnership_key, e.entity_id) AS begun
    FROM side AS s
    INNER JOIN entity_of_key AS e ON e.entity_key = s.entity_key
    WHERE s.month >= e.from_month AND s.month < e.until_month AND s.month >= first_month AND s.month < this_month
    GROUP BY segment, month
  )
SELECT
  d.segment AS segment,
  toUInt32(d.month) AS month,
  toUInt32(d.active) AS active,
  toUInt32(ifNull(m.begun, 0)) AS begun
FROM density AS d
LEFT JOIN match AS m ON m.segment = d.segment AND m.month = d.month
WHERE d.active > 0
ORDER BY segment, month
