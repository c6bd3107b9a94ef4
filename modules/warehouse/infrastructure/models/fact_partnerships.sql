-- Grain: one row per partnership, newest version (accumulating snapshot). Entities join the version valid when the deal was created.
-- deal_value_reporting uses the latest rate on or before the creation day. Parameter: reporting_currency String
WITH
  deals AS (
    SELECT *
    FROM raw_partnerships
    WHERE {{ changed(id) }}
    ORDER BY id, _version_at DESC, _extracted_at DESC, _row_hash
    LIMIT 1 BY id
  ),
  reached AS (
    SELECT
      e.partnership_key AS partnership_key,
      minIf(toNullable(e.event_timestamp), s.stage_category = 'execution') AS signed_at,
      minIf(toNullable(e.event_timestamp), s.stage_category = 'active') AS active_at
    FROM fact_deal_events AS e
    INNER JOIN dim_deal_stage AS s ON s.stage_key = e.to_stage_key
    WHERE e.partnership_key != 0 AND {{ changed(e._partnership_id) }}
    GROUP BY e.partnership_key
  ),
  milestones AS (
    SELECT partnership_id, toUInt32(count()) AS total, toUInt32(countIf(completed)) AS completed
    FROM (
      SELECT *
      FROM raw_milestones
      WHERE {{ full }} OR id IN (SELECT id FROM raw_milestones WHERE {{ changed(partnership_id) }})
      ORDER BY id, _version_at DESC, _extracted_at DESC, _row_hash
      LIMIT 1 BY id
    )
    WHERE NOT _deleted AND {{ changed(partnership_id) }}
    GROUP BY partnership_id
  ),
  rates AS (
    SELECT currency, date, argMax(rate, tuple(_version_at, _extracted_at)) AS rate
    FROM raw_fx_rates
    GROUP BY currency, date
    HAVING NOT argMax(_deleted, tuple(_version_at, _extracted_at))
  )
SELECT
  sipHash64(d.id) AS partnership_key,
  d.id AS partnership_id,
  d.tenant_id,
  ifNull(e1.entity_key, 0) AS entity1_key,
  ifNull(e2.entity_key, 0) AS entity2_key,
  ifNull(u.user_key, 0) AS owner_user_key,
  d.partnership_type,
  ifNull(s.stage_key, 0) AS current_stage_key,
  toUInt32(toYYYYMMDD(d.created_at)) AS created_date_key,
  toUInt32(toYYYYMMDD(d.start_date)) AS start_date_key,
  toUInt32(toYYYYMMDD(d.end_date)) AS end_date_key,
  d.deal_value,
  d.currency,
  if(d.currency = {reporting_currency: String}, toDecimal128(d.deal_value, 2), toDecimal128(round(toDecimal128(d.deal_value, 2) * r.rate, 2), 2)) AS deal_value_reporting,
  d.success_score,
  toInt32(dateDiff('day', d.created_at, ifNull(c.signed_at, d.signed_at))) AS days_to_signed,
  toInt32(dateDiff('day', d.created_at, ifNull(c.active_at, d.activated_at))) AS days_to_active,
  ifNull(m.total, 0) AS milestones_total,
  ifNull(m.completed, 0) AS milestones_completed,
  m.completed / m.total AS milestone_completion_rate,
  ifNull(s.outcome = 'won', false) AS is_completed,
  ifNull(s.outcome = 'lost', false) AS is_lost,
  multiIf(s.outcome = 'won', ifNull(d.success_score >= 3.5, false), s.outcome = 'lost', false, NULL) AS is_successful,
  (d.deleted_at IS NOT NULL OR d._deleted) AS is_deleted,
  d.created_at,
  d.updated_at
FROM deals AS d
ASOF LEFT JOIN dim_entity AS e1 ON e1.entity_id = d.entity1_id AND d.created_at >= e1.valid_from
ASOF LEFT JOIN dim_entity AS e2 ON e2.entity_id = d.entity2_id AND d.created_at >= e2.valid_from
ASOF LEFT JOIN rates AS r ON r.currency = d.currency AND toDate32(d.created_at) >= r.date
LEFT JOIN dim_user AS u ON u.user_id = d.owner_user_id
LEFT JOIN dim_deal_stage AS s ON s.stage_name = d.stage
LEFT JOIN reached AS c ON c.partnership_key = sipHash64(d.id)
LEFT JOIN milestones AS m ON m.partnership_id = d.id
