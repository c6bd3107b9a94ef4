-- What every entity is compared on. Grain: one row a current, not deleted entity.
-- A partnership counts for both partners, once each. An outcome is a closed deal: is_successful is null only
-- while it is open, and false for a won deal that has no success_score. A figure with nothing behind it is NULL, never 0.
-- Activity counts from the first instant of the UTC day 90 days before as_of, so that two runs of one day agree.
-- Parameters: as_of String (ISO 8601 instant).
WITH
  -- How many of the sums over 0..k-1 heads stay within 2.5%: that is k. NaN-free and exact to the rank for every n.
  n -> toUInt32(arrayCount(
    chance -> chance <= 0.025,
    arrayCumSum(arrayMap(heads -> exp(lgamma(n + 1) - lgamma(heads + 1) - lgamma(n - heads + 1) - n * log(2)), range(n)))
  )) AS rank_of_limit,
  parseDateTime64BestEffort({as_of: String}, 6, 'UTC') AS run_as_of,
  entity AS (SELECT entity_key, entity_id FROM dim_entity WHERE entity_key != 0),
  activity AS (
    SELECT partnership_key, count() AS activities
    FROM fact_user_activity
    WHERE partnership_key != 0
      AND activity_timestamp >= toStartOfDay(run_as_of) - INTERVAL 90 DAY
      AND activity_timestamp <= run_as_of
    GROUP BY partnership_key
  ),
  membership AS (
    SELECT
      arrayJoin(arrayDistinct([p.entity1_key, p.entity2_key])) AS entity_key,
      p.partnership_key AS partnership_key,
      NOT p.is_completed AND NOT p.is_lost AS is_open,
      p.is_completed AS is_completed,
      p.is_successful AS is_successful,
      p.days_to_signed AS days_to_signed,
      p.deal_value_reporting AS deal_value_reporting,
      p.milestones_total AS milestones_total,
      p.milestones_completed AS milestones_completed
    FROM fact_partnerships AS p
    WHERE NOT p.is_deleted
  ),
  -- Two versions of one entity may be the two sides of a deal with itself: once is enough.
  entity_partnership AS (
    SELECT DISTINCT e.entity_id AS entity_id, m.* EXCEPT (entity_key)
    FROM membership AS m
    INNER JOIN entity AS e ON e.entity_key = m.entity_key
  ),
  figure AS (
    SELECT
      ep.entity_id AS entity_id,
      countIf(ep.is_successful IS NOT NULL) AS outcomes,
      countIf(ifNull(ep.is_successful, false)) AS successes,
      count(ep.days_to_signed) AS signed,
      quantileExactInclusive(0.5)(ep.days_to_signed) AS days_to_signed,
      arraySort(groupArray(toFloat64(ep.days_to_signed))) AS signed_days,
      rank_of_limit(length(signed_days)) AS days_rank,
      count(if(ep.is_completed, ep.deal_value_reporting, NULL)) AS valued,
      quantileExactInclusive(0.5)(toFloat64(if(ep.is_completed, ep.deal_value_reporting, NULL))) AS deal_value,
      arraySort(groupArray(toFloat64(if(ep.is_completed, ep.deal_value_reporting, NULL)))) AS won_values,
      rank_of_limit(length(won_values)) AS value_rank,
      sum(ep.milestones_total) AS milestones,
      sum(ep.milestones_completed) AS milestones_completed,
      countIf(ep.is_open) AS open_partnerships,
      sumIf(ifNull(a.activities, 0), ep.is_open) AS activities
    FROM entity_partnership AS ep
    LEFT JOIN activity AS a ON a.partnership_key = ep.partnership_key
    GROUP BY ep.entity_id
  )
SELECT
  e.entity_id AS entity_id,
  e.tenant_id AS tenant_id,
  e.entity_type AS entity_type,
  e.industry AS industry,
  e.tier AS tier,
  toUInt32(ifNull(f.outcomes, 0)) AS outcomes,
  toUInt32(ifNull(f.successes, 0)) AS successes,
  toUInt32(ifNull(f.signed, 0)) AS signed,
  f.days_to_signed AS days_to_signed,
  if(f.days_rank > 0, f.signed_days[f.days_rank], NULL) AS days_low,
  if(f.days_rank > 0, f.signed_days[-f.days_rank], NULL) AS days_high,
  toUInt32(ifNull(f.valued, 0)) AS valued,
  f.deal_value AS deal_value,
  if(f.value_rank > 0, f.won_values[f.value_rank], NULL) AS value_low,
  if(f.value_rank > 0, f.won_values[-f.value_rank], NULL) AS value_high,
  toUInt32(ifNull(f.milestones, 0)) AS milestones,
  toUInt32(ifNull(f.milestones_completed, 0)) AS milestones_completed,
  toUInt32(ifNull(f.open_partnerships, 0)) AS open_partnerships,
  toUInt32(ifNull(f.activities, 0)) AS activities
FROM dim_entity AS e
LEFT JOIN figure AS f ON f.entity_id = e.entity_id
WHERE e.entity_key != 0 AND e.is_current AND NOT e.is_deleted
ORDER BY entity_id
