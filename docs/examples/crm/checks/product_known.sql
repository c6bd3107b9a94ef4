-- error | crm_opportunities | every product of an opportunity is in crm_products
-- Grain: an opportunity whose product is not, with the product that is written most like it. No parameters.
SELECT concat(opportunity_id, ': ', opportunity.product, ' (', nearest, '?)') AS record
FROM (SELECT * FROM raw_crm_opportunities ORDER BY _version_at DESC, _extracted_at DESC LIMIT 1 BY opportunity_id) AS opportunity
INNER JOIN (
  SELECT named.product AS unknown, argMin(listed.product, editDistance(named.product, listed.product)) AS nearest
  FROM (SELECT DISTINCT product FROM raw_crm_opportunities) AS named
  CROSS JOIN (SELECT product FROM raw_crm_products WHERE NOT _deleted) AS listed
  GROUP BY unknown
  HAVING min(editDistance(named.product, listed.product)) > 0
) AS strange ON strange.unknown = opportunity.product
WHERE NOT _deleted
