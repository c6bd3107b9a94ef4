-- warn | crm_accounts | office_location is one of the agreed countries
-- Grain: an account whose country is not, with the name that is written most like it. No parameters.
WITH ['Belgium', 'Brazil', 'China', 'Germany', 'Italy', 'Japan', 'Jordan', 'Kenya', 'Korea', 'Norway', 'Panama', 'Philippines', 'Poland', 'Romania', 'United States'] AS agreed
SELECT concat(account, ': ', office_location, ' (', arraySort(name -> editDistance(name, office_location), agreed)[1], '?)') AS record
FROM (SELECT * FROM raw_crm_accounts ORDER BY _version_at DESC, _extracted_at DESC LIMIT 1 BY account)
WHERE NOT _deleted AND NOT has(agreed, office_location)
