-- Months in which something else happened than before: activity aimed at entities, deals that began, moved or were won. Of entities that
-- became members, ceased to be or joined at another time: all months in which anything happened to them.
WITH
  joined AS (
    SELECT entity_id, makeDate32(toYear(created_at), toMonth(created_at), 1) AS cohort
    FROM {{ delta(dim_entity) }}
    WHERE is_current AND entity_key != 0 AND entity_type = 'member'
    GROUP BY entity_id, cohort
    HAVING sum(_sign) != 0
  ),
  deals AS (
    SELECT
      partnership_key, entity_ids, _sign,
      arrayJoin(arrayConcat(
        arrayMap(key -> (key, 1), visit_months),
        [(intDiv(created_date_key, 100), 2)],
        if(is_completed, [(intDiv(assumeNotNull(closed_date_key), 100), 3)], [])
      )) AS moment
    FROM {{ delta(agg_deal_timeline) }}
  ),
  months AS (
    SELECT month_key FROM {{ delta(agg_entity_activity) }} GROUP BY month_key, entity_key, activities HAVING sum(_sign) != 0
    UNION ALL
    SELECT moment.1 FROM deals GROUP BY partnership_key, entity_ids, moment HAVING sum(_sign) != 0
    UNION ALL
    SELECT month_key
    FROM agg_entity_activity
    WHERE entity_key IN (SELECT entity_key FROM dim_entity WHERE entity_id IN (SELECT entity_id FROM joined))
    UNION ALL
    SELECT arrayJoin(arrayConcat(visit_months, [intDiv(created_date_key, 100)], [intDiv(ifNull(closed_date_key, created_date_key), 100)]))
    FROM agg_deal_timeline
    WHERE hasAny(entity_ids, (SELECT groupUniqArray(entity_id) FROM joined))
  )
SELECT makeDate32(intDiv(month_key, 100), month_key % 100, 1) AS key FROM months
UNION ALL
SELECT cohort FROM joined
UNION ALL
SELECT month FROM agg_member_months WHERE entity_id IN (SELECT entity_id FROM joined)
