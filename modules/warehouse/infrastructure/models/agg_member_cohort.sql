-- Grain: one row per cohort (month in which its members joined, first day) and month since, from 0 to the last month in which anything
-- happened to any member; no gaps. Members and what happened to them: agg_member_months.
-- members: size of the cohort, the same in all its rows. active_members: those active in the month; retention = active_members / members.
-- deals_started, deals_won: deals with a member of the cohort on a side, each once even when both sides are of the cohort, by month of
-- creation and of the outcome; *_total: up to and including the month.
-- Expected rows: n * (n + 1) / 2 for n months, 7,260 for 10 years.
WITH
  months AS (
    SELECT cohort, months_since_joining, countIf(is_active) AS active_members
    FROM agg_member_months
    GROUP BY cohort, months_since_joining
  ),
  -- Dense: every cohort up to the last month.
  grid AS (
    SELECT c.cohort AS cohort, c.members AS members, arrayJoin(range(toUInt32(dateDiff('month', c.cohort, (SELECT max(month) FROM agg_member_months)) + 1))) AS months_since_joining
    FROM (SELECT cohort, uniqExact(entity_id) AS members FROM agg_member_months GROUP BY cohort) AS c
  ),
  sides AS (
    SELECT d.partnership_key AS partnership_key, d.created_date_key AS created_date_key, d.closed_date_key AS closed_date_key, d.is_completed AS is_completed, m.cohort AS cohort
    FROM (SELECT partnership_key, created_date_key, closed_date_key, is_completed, arrayJoin(entity_ids) AS entity_id FROM agg_deal_timeline) AS d
    INNER JOIN (SELECT entity_id, cohort FROM agg_member_months WHERE months_since_joining = 0) AS m ON m.entity_id = d.entity_id
    GROUP BY ALL
  ),
  deals AS (
    SELECT cohort, months_since_joining, sum(started) AS deals_started, sum(won) AS deals_won
    FROM (
      SELECT cohort, dateDiff('month', cohort, makeDate32(intDiv(created_date_key, 10000), intDiv(created_date_key, 100) % 100, 1)) AS months_since_joining, 1 AS started, 0 AS won
      FROM sides
      UNION ALL
      SELECT cohort, dateDiff('month', cohort, assumeNotNull(makeDate32(intDiv(closed_date_key, 10000), intDiv(closed_date_key, 100) % 100, 1))), 0, 1
      FROM sides
      WHERE is_completed
    )
    GROUP BY cohort, months_since_joining
  )
SELECT
  g.cohort AS cohort,
  g.months_since_joining AS months_since_joining,
  toUInt32(g.members) AS members,
  toUInt32(ifNull(m.active_members, 0)) AS active_members,
  active_members / members AS retention,
  toUInt32(ifNull(d.deals_started, 0)) AS deals_started,
  toUInt32(ifNull(d.deals_won, 0)) AS deals_won,
  toUInt32(sum(deals_started) OVER upto) AS deals_started_total,
  toUInt32(sum(deals_won) OVER upto) AS deals_won_total
FROM grid AS g
LEFT JOIN months AS m ON m.cohort = g.cohort AND m.months_since_joining = g.months_since_joining
LEFT JOIN deals AS d ON d.cohort = g.cohort AND d.months_since_joining = g.months_since_joining
WINDOW upto AS (PARTITION BY cohort ORDER BY months_since_joining)
