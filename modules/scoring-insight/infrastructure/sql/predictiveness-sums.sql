-- What the measures of predictiveness are computed from, per score (the five components, and confidence): whole numbers,
-- so that they are exact and the same in whatever order they are added. Scores count in steps of 0.0001 (x), success scores
-- in steps of 0.01 (y). Ranks are mid-ranks times two. The placement of a deal (w) is twice the number of deals of the other
-- class on its wrong side, ties one half: of the failures below a success, of the successes above a failure.
-- Grain: one row a segmentation, segment and score that has a deal.
-- Parameters: segment_by Array(String) of 'partnership_type', 'industry', 'tier', 'quarter' (of the deal's start), and '' for one
-- segment 'all'. By industry and tier a deal counts in the segment of each of its partners, as they were when it was made.
-- per_myriad UInt16: of 10,000 deals so many are looked at, by the hash of their ids; 10000 for all.
-- A window over ranked deals would sort millions of rows; there are only 10,001 scores to count deals at.
WITH
  ['semantic', 'goal_alignment', 'cultural_momentum', 'historical', 'authenticity', 'confidence'] AS names,
  partnership AS (
    SELECT
      p.partnership_id AS partnership_id,
      [
        ('partnership_type', toNullable(toString(p.partnership_type))),
        ('industry', toNullable(toString(e1.industry))), ('industry', toNullable(toString(e2.industry))),
        ('tier', toNullable(toString(e1.tier))), ('tier', toNullable(toString(e2.tier)))
      ] AS labels
    FROM fact_partnerships AS p
    LEFT JOIN dim_entity AS e1 ON e1.entity_key = p.entity1_key
    LEFT JOIN dim_entity AS e2 ON e2.entity_key = p.entity2_key
    WHERE hasAny({segment_by: Array(String)}, ['partnership_type', 'industry', 'tier'])
  ),
  -- Of a deal that an entity made with itself the second side counts as somebody else: the two sides still meet again in
  -- every deal of that pair, and in no other.
  deal AS (
    SELECT
      arrayJoin(arrayFilter(
        label -> has({segment_by: Array(String)}, label.1),
        arrayConcat(
          [('', 'all'), ('quarter', concat(toString(toYear(d.started_at)), '-Q', toString(toQuarter(d.started_at))))],
          arrayDistinct(arrayMap(label -> (label.1, ifNull(label.2, 'unknown')), p.labels))))) AS label,
      label.1 AS segmentation,
      label.2 AS segment_name,
      cityHash64(segmentation, segment_name) AS segment,
      cityHash64(d.entity1_id) AS entity1,
      if(d.entity1_id = d.entity2_id, bitNot(entity1), cityHash64(d.entity2_id)) AS entity2,
      least(entity1, entity2) AS low,
      greatest(entity1, entity2) AS high,
      assumeNotNull(d.is_successful) AS success,
      toUInt64(d.success_score * 100) AS y,
      [d.semantic, d.goal_alignment, d.cultural_momentum, d.historical, d.authenticity, d.confidence] AS scores
    FROM insight_predictiveness_deals AS d
    LEFT JOIN partnership AS p ON p.partnership_id = d.partnership_id
    WHERE d.excluded = '' AND cityHash64(d.partnership_id) % 10000 < {per_myriad: UInt16}
  ),
  -- A score in a segment is one number from here on, which groups and joins faster than two.
  score AS (
    SELECT
      cityHash64(segment, number) AS part, toUInt32(assumeNotNull(share) * 10000) AS x, success, y, entity1, entity2, low, high
    FROM deal
    ARRAY JOIN scores AS share, arrayEnumerate(scores) AS number
    WHERE share IS NOT NULL
  ),
  outcome AS (
    SELECT
      part, y, count() AS tied,
      2 * sum(tied) OVER (PARTITION BY part ORDER BY y ROWS UNBOUNDED PRECEDING) - tied + 1 AS rank
    FROM score
    WHERE y IS NOT NULL
    GROUP BY part, y
  ),
  value_with_outcomes AS (
    SELECT
      part, x,
      count(y) AS scored, sum(y) AS y_sum, sum(y * y) AS y_squares,
      sum(rank) AS ranks, sum(toInt128(rank) * rank) AS rank_squares,
      2 * sum(scored) OVER (PARTITION BY part ORDER BY x ROWS UNBOUNDED PRECEDING) - scored + 1 AS own_rank
    FROM score
    INNER JOIN outcome USING (part, y)
    GROUP BY part, x
  ),
  correlation AS (
    SELECT
      part, sum(scored) AS n,
      sum(scored * v.x) AS x, sum(scored * v.x * v.x) AS xx, sum(y_sum) AS y, sum(y_squares) AS yy, sum(toInt128(v.x) * y_sum) AS xy,
      sum(toInt128(scored) * own_rank * own_rank) AS rank_xx, sum(rank_squares) AS rank_yy, sum(toInt128(own_rank) * ranks) AS rank_xy
    FROM value_with_outcomes AS v
    GROUP BY part
  ),
  value AS (
    SELECT
      part, x, countIf(success) AS positives, countIf(NOT success) AS negatives,
      2 * sum(negatives) OVER (PARTITION BY part ORDER BY x ROWS UNBOUNDED PRECEDING) - negatives AS w_positive,
      2 * sum(positives) OVER (PARTITION BY part ORDER BY x DESC ROWS UNBOUNDED PRECEDING) - positives AS w_negative
    FROM score
    GROUP BY part, x
  ),
  class AS (
    SELECT
      part, sum(v.positives) AS positives, sum(v.negatives) AS negatives,
      sum(v.positives * x) AS x_positive, sum(v.positives * x * x) AS xx_positive,
      sum(v.negatives * x) AS x_negative, sum(v.negatives * x * x) AS xx_negative,
      sum(toInt128(v.positives) * w_positive) AS doubled_u,
      sum(toInt128(v.positives) * w_positive * w_positive) AS ww_positive,
      sum(toInt128(v.negatives) * w_negative * w_negative) AS ww_negative,
      sum(toInt128(v.positives + v.negatives) * ((v.positives + v.negatives) * (v.positives + v.negatives) - 1)) AS ties
    FROM value AS v
    GROUP BY part
  ),
  placed AS (
    SELECT part, success, entity1, entity2, low, high, if(success, w_positive, w_negative) AS w
    FROM score
    INNER JOIN value USING (part, x)
  ),
  entity AS (
    SELECT
      part, id, any(is_second_self) AS is_second_self,
      sum(w) AS w_sum, countIf(success) AS positives, countIf(NOT success) AS negatives
    FROM placed
    ARRAY JOIN [entity1, entity2] AS id, [false, entity2 = bitNot(entity1)] AS is_second_self
    GROUP BY part, id
  ),
  by_entity AS (
    SELECT
      part, countIf(NOT is_second_self) AS entities,
      sum(toInt128(w_sum) * w_sum) AS ww, sum(toInt128(w_sum) * e.positives) AS wp, sum(toInt128(w_sum) * e.negatives) AS wn,
      sum(toInt128(e.positives) * e.positives) AS pp, sum(toInt128(e.positives) * e.negatives) AS pn,
      sum(toInt128(e.negatives) * e.negatives) AS nn
    FROM entity AS e
    GROUP BY part
  ),
  -- A pair with one deal adds what that deal adds; only the others need a group of their own.
  repeated_pair AS (SELECT low, high FROM deal GROUP BY segment, low, high HAVING count() > 1),
  pair AS (
    SELECT
      part, low, high,
      sum(w) AS w_sum, sum(toInt128(w) * w) AS w_squares, sumIf(w, success) AS w_positive, sumIf(w, NOT success) AS w_negative,
      countIf(success) AS positives, countIf(NOT success) AS negatives
    FROM placed
    WHERE (low, high) IN (repeated_pair)
    GROUP BY part, low, high
  ),
  beyond_own AS (
    SELECT
      part,
      sum(toInt128(w_sum) * w_sum - w_squares) AS ww,
      sum(toInt128(w_sum) * p.positives - p.w_positive) AS wp, sum(toInt128(w_sum) * p.negatives - p.w_negative) AS wn,
      sum(toInt128(p.positives) * p.positives - p.positives) AS pp, sum(toInt128(p.positives) * p.negatives) AS pn,
      sum(toInt128(p.negatives) * p.negatives - p.negatives) AS nn
    FROM pair AS p
    GROUP BY part
  )
SELECT
  s.segmentation AS segmentation,
  s.segment_name AS segment,
  names[s.number] AS score,
  class.positives AS positives, class.negatives AS negatives,
  class.x_positive AS x_positive, class.xx_positive AS xx_positive, class.x_negative AS x_negative, class.xx_negative AS xx_negative,
  class.doubled_u AS doubled_u, class.ww_positive AS ww_positive, class.ww_negative AS ww_negative, class.ties AS ties,
  ifNull(correlation.n, 0) AS scored,
  ifNull(correlation.x, 0) AS x, ifNull(correlation.xx, 0) AS xx, ifNull(correlation.y, 0) AS y, ifNull(correlation.yy, 0) AS yy,
  ifNull(correlation.xy, 0) AS xy,
  ifNull(correlation.rank_xx, 0) AS rank_xx, ifNull(correlation.rank_yy, 0) AS rank_yy, ifNull(correlation.rank_xy, 0) AS rank_xy,
  by_entity.entities AS entities,
  by_entity.ww AS entity_ww, by_entity.wp AS entity_wp, by_entity.wn AS entity_wn,
  by_entity.pp AS entity_pp, by_entity.pn AS entity_pn, by_entity.nn AS entity_nn,
  class.ww_positive + class.ww_negative + ifNull(beyond_own.ww, 0) AS pair_ww,
  class.doubled_u + ifNull(beyond_own.wp, 0) AS pair_wp, class.doubled_u + ifNull(beyond_own.wn, 0) AS pair_wn,
  toInt128(class.positives) + ifNull(beyond_own.pp, 0) AS pair_pp, ifNull(beyond_own.pn, 0) AS pair_pn,
  toInt128(class.negatives) + ifNull(beyond_own.nn, 0) AS pair_nn
FROM class
INNER JOIN (
  SELECT segmentation, segment_name, number, cityHash64(segment, number) AS part
  FROM (SELECT DISTINCT segmentation, segment_name, segment FROM deal)
  ARRAY JOIN arrayEnumerate(names) AS number
) AS s ON s.part = class.part
INNER JOIN by_entity ON by_entity.part = class.part
LEFT JOIN correlation ON correlation.part = class.part
LEFT JOIN beyond_own ON beyond_own.part = class.part
ORDER BY segmentation, segment, s.number
