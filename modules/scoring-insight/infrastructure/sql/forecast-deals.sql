-- Open deals with their chances as the latest run saw them, those that bring most first, from the place after the given one on.
-- Grain: one row a partnership. A deal without an expected value comes last, as if it brought -1.
-- Parameters: tenant Nullable(UUID) and stage Nullable(String): null takes all; after_value String (decimal) and after_id UUID: the
-- place of the last row seen; limit UInt32.
SELECT
  partnership_id, tenant_id, stage, chance, base_rate, method, reason, deal_value, currency, value_reporting, expected_value,
  contributions, as_of, toString(ifNull(expected_value, -1)) AS place
FROM insight_deal_forecasts
WHERE ({tenant: Nullable(UUID)} IS NULL OR tenant_id = {tenant: Nullable(UUID)})
  AND ({stage: Nullable(String)} IS NULL OR stage = {stage: Nullable(String)})
  AND (ifNull(expected_value, -1) < toDecimal128({after_value: String}, 2)
    OR (ifNull(expected_value, -1) = toDecimal128({after_value: String}, 2) AND partnership_id > {after_id: UUID}))
ORDER BY ifNull(expected_value, -1) DESC, partnership_id
LIMIT {limit: UInt32}
