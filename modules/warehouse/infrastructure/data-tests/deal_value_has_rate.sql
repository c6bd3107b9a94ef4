-- Currencies of deals whose value has no rate. Grain: one row a currency.
SELECT concat(currency, ': ', toString(count()), ' deals') AS record
FROM {{ this }} AS tested
WHERE deal_value_reporting IS NULL
GROUP BY currency
