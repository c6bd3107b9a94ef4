-- When the entities that joined in a quarter began their first partnership.
-- Grain: one row a quarter of joining (UTC, of the last 12 and the current one), number of days and whether they are the days to
-- the first partnership (the earlier of created_at and the first event; 0 where that is before joining) or, without any, to the
-- last look: the beginning of the day, or the deletion. observed_days: from the end of the quarter to the beginning of the day.
-- Parameters: day_start String (ISO 8601 instant, the beginning of a day).
WITH
  parseDateTime64BestEffort({day_start: String}, 6, 'UTC') AS run_day,
  entity AS (
    SELECT entity_id, created_at, if(is_deleted, least(valid_from, run_day), run_day) AS last_look
    FROM dim_entity
    WHERE
      entity_key != 0 AND is_current AND (NOT is_deleted OR version > 1)
      AND created_at < run_day AND created_at >= toStartOfQuarter(toDateTime(run_day), 'UTC') - INTERVAL 36 MONTH
  ),
  first_event AS (
    SELECT partnership_key, min(event_timestamp) AS first_at FROM fact_deal_events GROUP BY partnership_key
  ),
  side AS (
    SELECT
      arrayJoin([p.entity1_key, p.entity2_key]) AS entity_key,
      least(p.created_at, ifNull(f.first_at, p.created_at)) AS begun_at
    FROM fact_partnerships AS p
    LEFT JOIN first_event AS f ON f.partnership_key = p.partnership_key
    WHERE NOT p.is_deleted AND begun_at < run_day
  ),
  first_match AS (
    SELECT k.entity_id AS entity_id, min(s.begun_at) AS begun_at
    FROM side AS s
    INNER JOIN dim_entity AS k ON k.entity_key = s.entity_key
    WHERE k.entity_key != 0
    GROUP BY entity_id
  )
SELECT
  concat(toString(toYear(e.created_at, 'UTC')), '-Q', toString(toQuarter(e.created_at, 'UTC'))) AS cohort,
  toInt32(greatest(0, dateDiff('day', toStartOfQuarter(toDateTime(any(e.created_at)), 'UTC') + INTERVAL 3 MONTH, toDate(run_day)))) AS observed_days,
  toUInt32(intDiv(greatest(0, dateDiff('second', e.created_at, ifNull(m.begun_at, e.last_look))), 86400)) AS days,
  CAST(m.begun_at IS NOT NULL AS Bool) AS matched,
  toUInt32(count()) AS entities
FROM entity AS e
LEFT JOIN first_match AS m ON m.entity_id = e.entity_id
GROUP BY cohort, days, matched
ORDER BY cohort, days, matched
