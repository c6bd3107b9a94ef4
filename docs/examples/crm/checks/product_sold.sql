-- warn | crm_products | every product has an opportunity
-- Grain: a product without. No parameters.
SELECT product AS record
FROM (SELECT * FROM raw_crm_products ORDER BY _version_at DESC, _extracted_at DESC LIMIT 1 BY product)
WHERE NOT _deleted AND product NOT IN (SELECT product FROM raw_crm_opportunities WHERE NOT _deleted)
