-- warn | crm_accounts | sector is one of the agreed names
-- Grain: an account whose sector is not, with the name that is written most like it. No parameters.
WITH ['employment', 'entertainment', 'finance', 'marketing', 'medical', 'retail', 'services', 'software', 'technology', 'telecommunications'] AS agreed
SELECT concat(account, ': ', sector, ' (', arraySort(name -> editDistance(name, sector), agreed)[1], '?)') AS record
FROM (SELECT * FROM raw_crm_accounts ORDER BY _version_at DESC, _extracted_at DESC LIMIT 1 BY account)
WHERE NOT _deleted AND NOT has(agreed, sector)
