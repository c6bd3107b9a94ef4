-- warn | fact_partnerships | Every deal's currency has a rate on or before its creation day.
SELECT concat(currency, ': ', toString(count()), ' deals') AS record
FROM fact_partnerships
WHERE deal_value_reporting IS NULL
GROUP BY currency
