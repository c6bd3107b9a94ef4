-- Grain: one row per member and month (first day, UTC) in which something happened, and the month in which the member joined always.
-- A member is an entity whose current version is of type member; it joined in the month of created_at, and stays in its cohort when it
-- is deleted later. months_since_joining counts calendar months; what happened before the joining month is left out.
-- activities: aimed at the member, whatever its version then. deals_started, deals_won: deals with the member on a side, by creation day
-- and by the day of the outcome (agg_deal_timeline). stage_changes: events of those deals. Deleted deals are left out.
-- is_active: there was activity, a stage change or a deal started. (A win that no event tells of is no sign of life: its day is a guess.)
-- Expected rows: members * active months, some 3 M for 25,000 members over 10 years.
WITH
  members AS (
    SELECT entity_id, makeDate32(toYear(created_at), toMonth(created_at), 1) AS cohort
    FROM dim_entity
    WHERE is_current AND entity_key != 0 AND entity_type = 'member'
  ),
  -- What happened, one row a deal and moment: 1 a stage change, 2 the deal's start, 3 that it was won.
  moments AS (
    SELECT
      entity_ids,
      arrayJoin(arrayConcat(
        arrayMap(key -> (key, 1), visit_months),
        [(intDiv(created_date_key, 100), 2)],
        if(is_completed, [(intDiv(assumeNotNull(closed_date_key), 100), 3)], [])
      )) AS moment,
      makeDate32(intDiv(moment.1, 100), moment.1 % 100, 1) AS month
    FROM agg_deal_timeline
  ),
  happened AS (
    SELECT entity_id, cohort AS month, 0 AS activities, 0 AS stage_changes, 0 AS deals_started, 0 AS deals_won
    FROM members
    UNION ALL
    SELECT v.entity_id, a.month, a.activities, 0, 0, 0
    FROM (
      SELECT makeDate32(intDiv(month_key, 100), month_key % 100, 1) AS month, entity_key, activities
      FROM agg_entity_activity
      WHERE {{ changed(month) }}
    ) AS a
    INNER JOIN (SELECT entity_key, entity_id FROM dim_entity WHERE entity_id IN (SELECT entity_id FROM members)) AS v ON v.entity_key = a.entity_key
    UNION ALL
    SELECT arrayJoin(entity_ids) AS entity_id, month, 0, moment.2 = 1, moment.2 = 2, moment.2 = 3
    FROM moments
    WHERE {{ changed(month) }}
  )
SELECT
  m.cohort AS cohort,
  m.entity_id AS entity_id,
  h.month AS month,
  toUInt32(dateDiff('month', m.cohort, h.month)) AS months_since_joining,
  sum(h.activities) AS activities,
  toUInt32(sum(h.stage_changes)) AS stage_changes,
  toUInt32(sum(h.deals_started)) AS deals_started,
  toUInt32(sum(h.deals_won)) AS deals_won,
  sum(h.activities) + sum(h.stage_changes) + sum(h.deals_started) > 0 AS is_active
FROM happened AS h
INNER JOIN members AS m ON m.entity_id = h.entity_id
WHERE h.month >= m.cohort AND {{ changed(h.month) }}
GROUP BY m.cohort, m.entity_id, h.month
