-- How the partnerships begun in a year are spread over entities, begun at the earlier of created_at and the first event.
-- Grain: one row a year before the day, the latest first: 0 is the twelve months before it. A partnership counts once for each entity
-- it has. squares: sum of the squared numbers of the entities.
-- Parameters: day_start String (ISO 8601 instant, the beginning of a day).
WITH
  parseDateTime64BestEffort({day_start: String}, 6, 'UTC') AS run_day,
  first_event AS (
    SELECT partnership_key, min(event_timestamp) AS first_at FROM fact_deal_events GROUP BY partnership_key
  ),
  side AS (
    SELECT p.partnership_key AS partnership_key, k.entity_id AS entity_id, p.begun_at < run_day - INTERVAL 12 MONTH AS year
    FROM (
      SELECT
        d.partnership_key AS partnership_key,
        least(d.created_at, ifNull(f.first_at, d.created_at)) AS begun_at,
        arrayJoin([d.entity1_key, d.entity2_key]) AS entity_key
      FROM fact_partnerships AS d
      LEFT JOIN first_event AS f ON f.partnership_key = d.partnership_key
      WHERE NOT d.is_deleted AND begun_at < run_day AND begun_at >= run_day - INTERVAL 24 MONTH
    ) AS p
    INNER JOIN dim_entity AS k ON k.entity_key = p.entity_key
    WHERE k.entity_key != 0
    GROUP BY partnership_key, entity_id, year
  ),
  entity AS (SELECT year, entity_id, count() AS sides FROM side GROUP BY year, entity_id),
  partnership AS (SELECT year, uniqExact(partnership_key) AS partnerships FROM side GROUP BY year),
  spread AS (
    SELECT
      year, count() AS entities, sum(e.sides) AS sides, sum(e.sides * e.sides) AS squares,
      arraySum(arraySlice(arrayReverseSort(groupArray(e.sides)), 1, 10)) AS top_ten
    FROM entity AS e
    GROUP BY year
  )
SELECT
  toString(toDate32(run_day - toIntervalMonth(12 * (y.number + 1)))) AS period_from,
  toString(toDate32(run_day - toIntervalMonth(12 * y.number))) AS period_to,
  ifNull(p.partnerships, 0) AS partnerships,
  ifNull(s.entities, 0) AS entities,
  ifNull(s.sides, 0) AS sides,
  ifNull(s.squares, 0) AS squares,
  ifNull(s.top_ten, 0) AS top_ten
FROM numbers(2) AS y
LEFT JOIN partnership AS p ON p.year = y.number
LEFT JOIN spread AS s ON s.year = y.number
ORDER BY y.number
