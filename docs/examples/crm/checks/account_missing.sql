-- warn | crm_opportunities | every opportunity names an account
-- Grain: an opportunity that does not. No parameters.
SELECT concat(opportunity_id, ' (', deal_stage, ')') AS record
FROM (SELECT * FROM raw_crm_opportunities ORDER BY _version_at DESC, _extracted_at DESC LIMIT 1 BY opportunity_id)
WHERE NOT _deleted AND account IS NULL
