-- Past deals as they looked every second Monday at 00:00 UTC on which they were open. Grain: one row a deal that has such a day,
-- of at most so many of the candidates (those whose ids hash lowest), by that hash. A candidate is a deal with a visit to a stage
-- that reaches into the days asked for. Days are numbered from 1970-01-01, Mondays are 4 + 7k.
-- success: null where the outcome is not known: open, or won without a success score. The score is the one that
-- insight_predictiveness_deals found to be known before
-- the deal began: a later one may already know how the deal goes. Only what had happened by the day is looked at; the value of
-- the deal is that of now, since nobody kept the earlier ones.
-- Parameters: from_day Int32, to_day Int32 (both included), deals UInt32.
WITH
  candidate AS (
    SELECT *
    FROM insight_predictiveness_deals
    WHERE excluded IN ('', 'no_score_before', 'score_too_old', 'no_success_score', 'open')
      AND toInt32(toDate32(started_at)) <= {to_day: Int32}
      AND partnership_id IN (
        SELECT partnership_id
        FROM insight_stage_visits
        WHERE toInt32(toDate32(entered_at)) < {to_day: Int32}
          AND (left_at IS NULL OR toInt32(toDate32(left_at)) >= {from_day: Int32}))
  ),
  deal AS (
    SELECT
      partnership_id,
      if(excluded IN ('', 'no_score_before', 'score_too_old'), is_successful, NULL) AS success,
      if(semantic IS NULL, [], arrayMap(score -> toFloat64(assumeNotNull(score)),
        [semantic, goal_alignment, cultural_momentum, historical, authenticity])) AS scores
    FROM candidate
    ORDER BY cityHash64(partnership_id), partnership_id
    LIMIT {deals: UInt32}
  ),
  visit AS (
    SELECT
      partnership_id,
      stage,
      toInt32(toDate32(entered_at)) AS entered,
      -- The last day whose beginning finds the deal in the stage, and the first.
      least({to_day: Int32}, toInt32(toDate32(ifNull(left_at, as_of)))) AS last,
      greatest({from_day: Int32}, entered + 1) AS first,
      range(toUInt32(first + (14 - (first - 4) % 14) % 14), toUInt32(greatest(last, first - 1) + 1), 14) AS days
    FROM insight_stage_visits
    WHERE partnership_id IN (SELECT partnership_id FROM deal)
  ),
  closing AS (
    SELECT partnership_id, toInt32(toDate32(max(left_at))) AS closed_day
    FROM insight_stage_visits
    WHERE exit IN ('won', 'lost')
    GROUP BY partnership_id
  ),
  snapshot AS (
    SELECT partnership_id, stage, entered, toInt32(arrayJoin(days)) AS day
    FROM visit
  ),
  active AS (
    SELECT p.partnership_id AS partnership_id, toInt32(toDate32(a.activity_timestamp)) AS day
    FROM fact_user_activity AS a
    INNER JOIN fact_partnerships AS p ON p.partnership_key = a.partnership_key
    WHERE a.partnership_key != 0 AND p.partnership_id IN (SELECT partnership_id FROM deal)
    GROUP BY partnership_id, day
  ),
  history AS (
    SELECT
      s.partnership_id AS partnership_id,
      arraySort(groupArray((
        s.day, s.stage, toInt32(s.day - s.entered), toInt32(s.day - greatest(s.entered, ifNull(a.day, s.entered)))))) AS seen
    FROM snapshot AS s
    ASOF LEFT JOIN active AS a ON a.partnership_id = s.partnership_id AND a.day < s.day
    GROUP BY s.partnership_id
  )
SELECT
  (SELECT count() FROM candidate) AS candidates,
  p.tenant_id AS tenant_id,
  d.success AS success,
  c.closed_day AS closed_day,
  toFloat64(p.deal_value_reporting) AS value,
  d.scores AS scores,
  h.seen.1 AS days,
  h.seen.2 AS stages,
  h.seen.3 AS stage_days,
  h.seen.4 AS quiet_days
FROM deal AS d
INNER JOIN history AS h ON h.partnership_id = d.partnership_id
INNER JOIN fact_partnerships AS p ON p.partnership_id = d.partnership_id
LEFT JOIN closing AS c ON c.partnership_id = d.partnership_id
WHERE d.success IS NULL OR c.closed_day IS NOT NULL
ORDER BY cityHash64(d.partnership_id), d.partnership_id
