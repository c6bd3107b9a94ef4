-- Days on which a deal began or ended otherwise than before. A deal that merely moved on has the same beginning before and after: its
-- rows cancel out, so that an old day is not computed again for it.
SELECT created_date_key AS key
FROM {{ delta(agg_deal_timeline) }}
GROUP BY created_date_key, partnership_key, tenant_id, partnership_type, value, entity_ids, industries, tiers
HAVING sum(_sign) != 0
UNION ALL
SELECT assumeNotNull(closed_date_key)
FROM {{ delta(agg_deal_timeline) }}
WHERE closed_date_key IS NOT NULL
GROUP BY closed_date_key, partnership_key, tenant_id, partnership_type, is_completed, value, entity_ids, industries, tiers
HAVING sum(_sign) != 0
