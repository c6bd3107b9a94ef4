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
  range(toUInt64(length(names))) AS numbers,
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
  ),
  -- All deals as one segment need no partnership, and that join would cost more than all else that is done to read them.
  labelled AS (
    SELECT *, [('', 'all')] AS labels
    FROM insight_predictiveness_deals
    WHERE has({segment_by: Array(String)}, '')
    UNION ALL
    SELECT
      d.*,
      arrayConcat(
        [('quarter', concat(toString(toYear(d.started_at)), '-Q', toString(toQuarter(d.started_at))))],
        arrayDistinct(arrayMap(label -> (label.1, ifNull(label.2, 'unknown')), p.labels))) AS labels
    FROM insight_predictiveness_deals AS d
    LEFT JOIN partnership AS p ON p.partnership_id = d.partnership_id
    WHERE hasAny({segment_by: Array(String)}, ['partnership_type', 'industry', 'tier', 'quarter'])
  ),
  -- One number groups and joins faster than several. The hash of a segment leaves its lower bits to the number of a score
  -- (together a part, 3 bits) and to a deal's value of that score (a place, 14 bits); those of an entity and of a pair leave
  -- theirs to the number.
  -- Of a deal that an entity made with itself the second side counts as somebody else: the two sides still meet again in
  -- every deal of that pair, and in no other.
  deal AS (
    SELECT
      arrayJoin(arrayFilter(label -> has({segment_by: Array(String)}, label.1), labels)) AS label,
      label.1 AS segmentation,
      label.2 AS segment_name,
      bitShiftLeft(cityHash64(segmentation, segment_name), 17) AS segment,
      entity1_id = entity2_id AS is_own_partner,
      bitShiftLeft(cityHash64(segment, entity1_id), 3) AS entity1,
      bitShiftLeft(if(is_own_partner, bitNot(cityHash64(segment, entity2_id)), cityHash64(segment, entity2_id)), 3) AS entity2,
      bitShiftLeft(cityHash64(least(entity1, entity2), greatest(entity1, entity2)), 3) AS pair,
      assumeNotNull(is_successful) AS success,
      toUInt64(success_score * 100) AS y,
      arrayMap(
        (share, number) -> if(share IS NULL, 0, segment + bitShiftLeft(number, 14) + toUInt64(assumeNotNull(share) * 10000)),
        [semantic, goal_alignment, cultural_momentum, historical, authenticity, confidence],
        numbers) AS places
    FROM labelled
    WHERE excluded = '' AND cityHash64(partnership_id) % 10000 < {per_myriad: UInt16}
  ),
  score AS (
    SELECT place, success, y, is_own_partner, entity1, entity2, pair
    FROM deal
    ARRAY JOIN places AS place
    WHERE place != 0
  ),
  value AS (
    SELECT
      place, bitShiftRight(place, 14) AS part, bitAnd(place, 16383) AS x,
      countIf(success) AS positives, countIf(NOT success) AS negatives, count(y) AS scored, sum(ifNull(y, 0)) AS y_sum,
      2 * sum(negatives) OVER (PARTITION BY part ORDER BY x ROWS UNBOUNDED PRECEDING) - negatives AS w_positive,
      2 * sum(positives) OVER (PARTITION BY part ORDER BY x DESC ROWS UNBOUNDED PRECEDING) - positives AS w_negative,
      2 * sum(scored) OVER (PARTITION BY part ORDER BY x ROWS UNBOUNDED PRECEDING) - scored + 1 AS rank
    FROM score
    GROUP BY place
  ),
  class AS (
    SELECT
      part, sum(v.positives) AS positives, sum(v.negatives) AS negatives,
      sum(v.positives * v.x) AS x_positive, sum(v.positives * v.x * v.x) AS xx_positive,
      sum(v.negatives * v.x) AS x_negative, sum(v.negatives * v.x * v.x) AS xx_negative,
      sum(toInt128(v.positives) * w_positive) AS doubled_u,
      sum(toInt128(v.positives) * w_positive * w_positive) AS ww_positive,
      sum(toInt128(v.negatives) * w_negative * w_negative) AS ww_negative,
      sum(toInt128(v.positives + v.negatives) * ((v.positives + v.negatives) * (v.positives + v.negatives) - 1)) AS ties,
      sum(v.scored) AS scored, sum(v.scored * v.x) AS x, sum(v.scored * v.x * v.x) AS xx, sum(toInt128(v.x) * y_sum) AS xy,
      sum(toInt128(v.scored) * rank * rank) AS rank_xx
    FROM value AS v
    GROUP BY part
  ),
  placed AS (
    SELECT
      part, bitAnd(part, 7) AS number, success, y, is_own_partner, entity1, entity2, pair,
      rank, if(success, w_positive, w_negative) AS w
    FROM score
    INNER JOIN value USING (place)
  ),
  outcome AS (
    SELECT
      part, y, count() AS tied, sum(rank) AS x_ranks,
      2 * sum(tied) OVER (PARTITION BY part ORDER BY y ROWS UNBOUNDED PRECEDING) - tied + 1 AS y_rank
    FROM placed
    WHERE y IS NOT NULL
    GROUP BY part, y
  ),
  by_outcome AS (
    SELECT
      part, sum(tied * o.y) AS y, sum(tied * o.y * o.y) AS yy,
      sum(toInt128(tied) * y_rank * y_rank) AS rank_yy, sum(toInt128(x_ranks) * y_rank) AS rank_xy
    FROM outcome AS o
    GROUP BY part
  ),
  -- A pair with one deal adds what that deal adds; only the others need a group of their own.
  repeated_pair AS (SELECT pair FROM deal GROUP BY pair HAVING count() > 1),
  cluster AS (
    SELECT
      any(part) AS part, any(kind) AS kind,
      sum(w) AS w_sum, sum(toInt128(w) * w) AS w_squares, sumIf(w, success) AS w_positive,
      countIf(success) AS positives, countIf(NOT success) AS negatives
    FROM (
      SELECT
        part, number, success, w,
        if(pair IN (repeated_pair), [entity1, entity2, pair], [entity1, entity2]) AS ids,
        arraySlice(['entity', if(is_own_partner, 'self', 'entity'), 'pair'], 1, length(ids)) AS kinds
      FROM placed
    )
    ARRAY JOIN ids AS id, kinds AS kind
    GROUP BY id + number
  ),
  -- Of pairs, only what the products of different deals add.
  by_cluster AS (
    SELECT
      part, countIf(kind = 'entity') AS entities,
      sumIf(toInt128(w_sum) * w_sum, kind != 'pair') AS entity_ww,
      sumIf(toInt128(w_sum) * positives, kind != 'pair') AS entity_wp, sumIf(toInt128(w_sum) * negatives, kind != 'pair') AS entity_wn,
      sumIf(toInt128(positives) * positives, kind != 'pair') AS entity_pp,
      sumIf(toInt128(positives) * negatives, kind != 'pair') AS entity_pn,
      sumIf(toInt128(negatives) * negatives, kind != 'pair') AS entity_nn,
      sumIf(toInt128(w_sum) * w_sum - w_squares, kind = 'pair') AS pair_ww,
      sumIf(toInt128(w_sum) * positives - w_positive, kind = 'pair') AS pair_wp,
      sumIf(toInt128(w_sum) * negatives - (w_sum - w_positive), kind = 'pair') AS pair_wn,
      sumIf(toInt128(positives) * positives - positives, kind = 'pair') AS pair_pp,
      sumIf(toInt128(positives) * negatives, kind = 'pair') AS pair_pn,
      sumIf(toInt128(negatives) * negatives - negatives, kind = 'pair') AS pair_nn
    FROM cluster
    GROUP BY part
  )
SELECT
  s.segmentation AS segmentation,
  s.segment_name AS segment,
  names[s.number + 1] AS score,
  class.positives AS positives, class.negatives AS negatives,
  class.x_positive AS x_positive, class.xx_positive AS xx_positive, class.x_negative AS x_negative, class.xx_negative AS xx_negative,
  class.doubled_u AS doubled_u, class.ww_positive AS ww_positive, class.ww_negative AS ww_negative, class.ties AS ties,
  class.scored AS scored,
  class.x AS x, class.xx AS xx, ifNull(by_outcome.y, 0) AS y, ifNull(by_outcome.yy, 0) AS yy, class.xy AS xy,
  class.rank_xx AS rank_xx, ifNull(by_outcome.rank_yy, 0) AS rank_yy, ifNull(by_outcome.rank_xy, 0) AS rank_xy,
  c.entities AS entities,
  c.entity_ww AS entity_ww, c.entity_wp AS entity_wp, c.entity_wn AS entity_wn,
  c.entity_pp AS entity_pp, c.entity_pn AS entity_pn, c.entity_nn AS entity_nn,
  class.ww_positive + class.ww_negative + c.pair_ww AS pair_ww,
  class.doubled_u + c.pair_wp AS pair_wp, class.doubled_u + c.pair_wn AS pair_wn,
  toInt128(class.positives) + c.pair_pp AS pair_pp, c.pair_pn AS pair_pn, toInt128(class.negatives) + c.pair_nn AS pair_nn
FROM class
INNER JOIN (
  SELECT segmentation, segment_name, number, bitShiftRight(segment, 14) + number AS part
  FROM (SELECT DISTINCT segmentation, segment_name, segment FROM deal)
  ARRAY JOIN numbers AS number
) AS s ON s.part = class.part
INNER JOIN by_cluster AS c ON c.part = class.part
LEFT JOIN by_outcome ON by_outcome.part = class.part
ORDER BY segmentation, segment, s.number
