-- The deals of the row set by the categories of one predictor, with what tells how far deals of a category depend on each other
-- because they share an entity: sums over entities and over pairs of entities, of the products of a cluster's successful (p)
-- and other (n) deals. Whole numbers only, exact in whatever order they are added.
-- A predictor of the partners, as they were when the deal was made, gives a deal one category, that of the pair, in the order
-- of the alphabet, so that every deal counts once. An unknown value is 'unknown'.
-- Categories in which fewer than so many deals of the rarer outcome are expected are pooled into 'other', if there are two or
-- more of them; that looks at their size only, never at their outcome. A category of that name goes into the pool.
-- Grain: one row a category, the largest first. `pooled` counts the categories in 'other', 0 for a category of its own.
-- Parameters: predictor String ('partnership_type', 'currency', 'entity_type', 'industry', 'tier', 'location'),
-- least_expected UInt32.
WITH
  partnership AS (
    SELECT
      p.partnership_id AS partnership_id,
      multiIf(
        {predictor: String} = 'partnership_type', [toNullable(toString(p.partnership_type))],
        {predictor: String} = 'currency', [toNullable(toString(p.currency))],
        {predictor: String} = 'entity_type', [toNullable(toString(e1.entity_type)), toNullable(toString(e2.entity_type))],
        {predictor: String} = 'industry', [toNullable(toString(e1.industry)), toNullable(toString(e2.industry))],
        {predictor: String} = 'tier', [toNullable(toString(e1.tier)), toNullable(toString(e2.tier))],
        [toNullable(toString(e1.location)), toNullable(toString(e2.location))]) AS labels
    FROM fact_partnerships AS p
    LEFT JOIN dim_entity AS e1 ON e1.entity_key = p.entity1_key
    LEFT JOIN dim_entity AS e2 ON e2.entity_key = p.entity2_key
  ),
  -- Of a deal that an entity made with itself the second side counts as somebody else: the two sides still meet again in
  -- every deal of that pair, and in no other.
  deal AS (
    SELECT
      arrayStringConcat(arraySort(arrayMap(label -> ifNull(label, 'unknown'), p.labels)), ' + ') AS own_category,
      cityHash64(d.entity1_id) AS entity1,
      if(d.entity1_id = d.entity2_id, bitNot(entity1), cityHash64(d.entity2_id)) AS entity2,
      least(entity1, entity2) AS low,
      greatest(entity1, entity2) AS high,
      assumeNotNull(d.is_successful) AS success
    FROM insight_predictiveness_deals AS d
    LEFT JOIN partnership AS p ON p.partnership_id = d.partnership_id
    WHERE d.excluded = ''
  ),
  category_size AS (
    SELECT
      own_category, count() AS deals, countIf(success) AS successes,
      sum(deals) OVER () AS all_deals, sum(successes) OVER () AS all_successes,
      deals * least(all_successes, all_deals - all_successes) < {least_expected: UInt32} * all_deals AS is_small
    FROM deal
    GROUP BY own_category
  ),
  category AS (
    SELECT
      own_category,
      countIf(is_small) OVER () >= 2 AND (is_small OR own_category = 'other') AS is_pooled,
      if(is_pooled, 'other', own_category) AS name
    FROM category_size
  ),
  placed AS (
    SELECT c.name AS name, d.entity1 AS entity1, d.entity2 AS entity2, d.low AS low, d.high AS high, d.success AS success
    FROM deal AS d
    INNER JOIN category AS c ON c.own_category = d.own_category
  ),
  entity AS (
    SELECT name, id, countIf(success) AS positives, countIf(NOT success) AS negatives
    FROM placed
    ARRAY JOIN [entity1, entity2] AS id
    GROUP BY name, id
  ),
  by_entity AS (
    SELECT
      name, sum(toInt128(positives) * positives) AS pp, sum(toInt128(positives) * negatives) AS pn,
      sum(toInt128(negatives) * negatives) AS nn
    FROM entity
    GROUP BY name
  ),
  pair AS (
    SELECT name, low, high, countIf(success) AS positives, countIf(NOT success) AS negatives
    FROM placed
    GROUP BY name, low, high
  ),
  by_pair AS (
    SELECT
      name, sum(p.positives) AS successes, sum(p.negatives) AS failures,
      sum(toInt128(p.positives) * p.positives) AS pp, sum(toInt128(p.positives) * p.negatives) AS pn,
      sum(toInt128(p.negatives) * p.negatives) AS nn
    FROM pair AS p
    GROUP BY name
  ),
  pool AS (SELECT name, countIf(is_pooled) AS pooled FROM category GROUP BY name)
SELECT
  by_pair.name AS category, pool.pooled AS pooled, by_pair.successes AS successes, by_pair.failures AS failures,
  by_entity.pp AS entity_pp, by_entity.pn AS entity_pn, by_entity.nn AS entity_nn,
  by_pair.pp AS pair_pp, by_pair.pn AS pair_pn, by_pair.nn AS pair_nn
FROM by_pair
INNER JOIN by_entity ON by_entity.name = by_pair.name
INNER JOIN pool ON pool.name = by_pair.name
ORDER BY successes + failures DESC, category
