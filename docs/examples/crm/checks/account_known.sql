-- error | crm_opportunities | every account of an opportunity is in crm_accounts
-- Grain: an opportunity whose account is not. No parameters.
SELECT concat(opportunity_id, ': ', account) AS record
FROM (SELECT * FROM raw_crm_opportunities ORDER BY _version_at DESC, _extracted_at DESC LIMIT 1 BY opportunity_id)
WHERE NOT _deleted AND account NOT IN (SELECT account FROM raw_crm_accounts WHERE NOT _deleted)
