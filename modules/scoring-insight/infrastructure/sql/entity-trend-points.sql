-- An entity's figures month by month, of the 24 complete calendar months (UTC) before as_of.
-- Grain: one row a current, not deleted entity and metric; months (since January 1970) and values in the order of time.
-- A month with nothing behind the figure has no point.
-- success_rate, deal_value and milestone_completion by the month in which a deal closed (the last event into its stage, its last
-- update where there is no such event), days_to_signed by the month of the signature, response_activity by the month of the activity:
-- rows on the deals that were open in that month, per such deal.
-- Parameters: as_of String (ISO 8601 instant).
WITH
  parseDateTime64BestEffort({as_of: String}, 6, 'UTC') AS run_as_of,
  toRelativeMonthNum(run_as_of, 'UTC') AS this_month,
  this_month - 24 AS first_month,
  this_month - 1 AS last_month,
  entity AS (
    SELECT entity_key, entity_id
    FROM dim_entity
    WHERE entity_key != 0 AND entity_id IN (SELECT entity_id FROM dim_entity WHERE is_current AND NOT is_deleted)
  ),
  entered AS (
    SELECT partnership_key, to_stage_key, max(event_timestamp) AS entered_at
    FROM fact_deal_events
    GROUP BY partnership_key, to_stage_key
  ),
  side AS (
    SELECT
      arrayJoin(arrayDistinct([p.entity1_key, p.entity2_key])) AS entity_key,
      p.partnership_key AS partnership_key,
      toRelativeMonthNum(p.created_at, 'UTC') AS created_month,
      p.is_completed OR p.is_lost AS is_closed,
      toRelativeMonthNum(ifNull(v.entered_at, p.updated_at), 'UTC') AS closed_month,
      toRelativeMonthNum(addDays(toDate32(p.created_at), ifNull(p.days_to_signed, 0))) AS signed_month,
      p.is_completed AS is_completed,
      p.is_successful AS is_successful,
      p.days_to_signed AS days_to_signed,
      p.deal_value_reporting AS value,
      p.milestones_total AS milestones,
      p.milestones_completed AS milestones_completed
    FROM fact_partnerships AS p
    LEFT JOIN entered AS v ON v.partnership_key = p.partnership_key AND v.to_stage_key = p.current_stage_key
    WHERE NOT p.is_deleted
  ),
  deal AS (
    SELECT DISTINCT e.entity_id AS entity_id, s.* EXCEPT (entity_key)
    FROM side AS s
    INNER JOIN entity AS e ON e.entity_key = s.entity_key
  ),
  activity AS (
    SELECT partnership_key, toRelativeMonthNum(activity_timestamp, 'UTC') AS month, count() AS activities
    FROM fact_user_activity
    WHERE partnership_key != 0 AND month BETWEEN first_month AND last_month
    GROUP BY partnership_key, month
  ),
  open_deal AS (
    SELECT
      entity_id,
      partnership_key,
      arrayJoin(range(
        toUInt32(greatest(created_month, first_month)),
        toUInt32(least(if(is_closed, closed_month, last_month), last_month) + 1)
      )) AS month
    FROM deal
    WHERE created_month <= last_month AND (NOT is_closed OR closed_month >= greatest(created_month, first_month))
  ),
  point AS (
    SELECT
      entity_id,
      'success_rate' AS metric,
      closed_month AS month,
      toNullable(countIf(ifNull(is_successful, false)) / count()) AS value
    FROM deal
    WHERE is_closed
    GROUP BY entity_id, month
    UNION ALL
    SELECT entity_id, 'days_to_signed', signed_month, quantileExactInclusive(0.5)(toFloat64(days_to_signed))
    FROM deal
    WHERE days_to_signed IS NOT NULL
    GROUP BY entity_id, signed_month
    UNION ALL
    SELECT entity_id, 'deal_value', closed_month, quantileExactInclusive(0.5)(toFloat64(value))
    FROM deal
    WHERE is_completed AND value IS NOT NULL
    GROUP BY entity_id, closed_month
    UNION ALL
    SELECT entity_id, 'milestone_completion', closed_month, toNullable(sum(milestones_completed) / sum(milestones))
    FROM deal
    WHERE is_closed AND milestones > 0
    GROUP BY entity_id, closed_month
    UNION ALL
    SELECT o.entity_id, 'response_activity', o.month, toNullable(sum(ifNull(a.activities, 0)) / count())
    FROM open_deal AS o
    LEFT JOIN activity AS a ON a.partnership_key = o.partnership_key AND a.month = o.month
    GROUP BY o.entity_id, o.month
  ),
  series AS (
    SELECT
      entity_id,
      metric,
      arraySort(groupArray(toUInt32(month - toRelativeMonthNum(toDate('1970-01-01'))))) AS months,
      arraySort((value, month) -> month, groupArray(assumeNotNull(value)), groupArray(month)) AS values
    FROM point
    WHERE month BETWEEN first_month AND last_month AND value IS NOT NULL
    GROUP BY entity_id, metric
  ),
  wanted AS (
    SELECT
      entity_id,
      tenant_id,
      arrayJoin(['success_rate', 'days_to_signed', 'deal_value', 'milestone_completion', 'response_activity']) AS metric
    FROM dim_entity
    WHERE entity_key != 0 AND is_current AND NOT is_deleted
  )
SELECT w.entity_id AS entity_id, w.tenant_id AS tenant_id, w.metric AS metric, s.months AS months, s.values AS values
FROM wanted AS w
LEFT JOIN series AS s ON s.entity_id = w.entity_id AND s.metric = w.metric
ORDER BY entity_id, metric
