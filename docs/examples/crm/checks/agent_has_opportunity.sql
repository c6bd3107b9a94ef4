-- warn | crm_teams | every sales agent has an opportunity
-- Grain: an agent without. No parameters.
SELECT sales_agent AS record
FROM (SELECT * FROM raw_crm_teams ORDER BY _version_at DESC, _extracted_at DESC LIMIT 1 BY sales_agent)
WHERE NOT _deleted AND sales_agent NOT IN (SELECT sales_agent FROM raw_crm_opportunities WHERE NOT _deleted)
