-- The question of agg_unit_economics.sql over the facts.
WITH
  closed AS (
    SELECT partnership_key, to_stage_key, max(event_timestamp) AS entered_at
    FROM fact_deal_events
    GROUP BY partnership_key, to_stage_key
  ),
  won AS (
    SELECT p.*, toUInt32(toYYYYMMDD(greatest(ifNull(c.entered_at, p.updated_at), p.created_at))) AS closed_date_key
    FROM fact_partnerships AS p
    LEFT JOIN closed AS c ON c.partnership_key = p.partnership_key AND c.to_stage_key = p.current_stage_key
    WHERE NOT p.is_deleted AND p.is_completed
  )
SELECT toString(c.month) AS month, toUInt32(countIf(w.month_key IS NOT NULL)) AS deals_won,
  if(deals_won = 0, NULL, toDecimal128(round(toDecimal256(any(c.acquisition_cost), 8) / deals_won, 2), 2)) AS cost_per_won_deal
FROM raw_unit_economics AS c
LEFT JOIN (SELECT intDiv(closed_date_key, 100) AS month_key FROM won) AS w ON w.month_key = toUInt32(toYYYYMM(c.month))
GROUP BY month
ORDER BY month
