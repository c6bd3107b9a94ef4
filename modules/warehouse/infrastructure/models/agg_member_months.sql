-- Grain: one row per member and month (first day, UTC) in which something happened, and the month in which the member joined always.
-- A member is an entity whose current version is of type member; it joined in the month of created_at, and stays in its cohort when it
-- is deleted later. months_since_joining counts calendar months; what happened before the joining month is left out.
-- activities: aimed at the member, whatever its version then. deals_started, deals_won: deals with the member on a side, by creation day
-- and by the day of the outcome (agg_deal_timeline). stage_changes: events of those deals. Deleted deals are left out.
-- is_active: there was activity, a stage change or a deal started. (A win that no event tells of is no sign of life: its day is a guess.)
-- Expected rows: members * active months, some 3 M for 25,000 members over 10 years.
WITH
  members AS (
    SELECT entity_id, toUInt32(toYYYYMM(created_at)) AS joined
    FROM dim_entity
    WHERE is_current AND entity_key != 0 AND entity_type = 'member'
  ),
  deals AS (
    SELECT partnership_key, entity_id, intDiv(created_date_key, 100) AS created_month, intDiv(closed_date_key, 100) AS closed_month, is_completed
    FROM (SELECT *, arrayJoin(entity_ids) AS entity_id FROM agg_deal_timeline)
    WHERE entity_id IN (SELECT entity_id FROM members)
  ),
  happened AS (
    SELECT entity_id, joined AS month_key, 0 AS activities, 0 AS stage_changes, 0 AS deals_started, 0 AS deals_won
    FROM members
    UNION ALL
    SELECT v.entity_id, a.month_key, a.activities, 0, 0, 0
    FROM agg_entity_activity AS a
    INNER JOIN (SELECT entity_key, entity_id FROM dim_entity WHERE entity_id IN (SELECT entity_id FROM members)) AS v ON v.entity_key = a.entity_key
    UNION ALL
    SELECT d.entity_id, e.month_key, 0, e.stage_changes, 0, 0
    FROM (
      SELECT partnership_key, intDiv(event_date_key, 100) AS month_key, count() AS stage_changes
      FROM fact_deal_events
      WHERE partnership_key IN (SELECT partnership_key FROM deals)
      GROUP BY partnership_key, month_key
    ) AS e
    INNER JOIN deals AS d ON d.partnership_key = e.partnership_key
    UNION ALL
    SELECT entity_id, created_month, 0, 0, 1, 0 FROM deals
    UNION ALL
    SELECT entity_id, assumeNotNull(closed_month), 0, 0, 0, 1 FROM deals WHERE is_completed
  )
SELECT
  makeDate32(intDiv(m.joined, 100), m.joined % 100, 1) AS cohort,
  m.entity_id AS entity_id,
  makeDate32(intDiv(h.month_key, 100), h.month_key % 100, 1) AS month,
  toUInt32(intDiv(h.month_key, 100) * 12 + h.month_key % 100 - intDiv(m.joined, 100) * 12 - m.joined % 100) AS months_since_joining,
  sum(h.activities) AS activities,
  toUInt32(sum(h.stage_changes)) AS stage_changes,
  toUInt32(sum(h.deals_started)) AS deals_started,
  toUInt32(sum(h.deals_won)) AS deals_won,
  sum(h.activities) + sum(h.stage_changes) + sum(h.deals_started) > 0 AS is_active
FROM happened AS h
INNER JOIN members AS m ON m.entity_id = h.entity_id
WHERE h.month_key >= m.joined
GROUP BY m.entity_id, m.joined, h.month_key
