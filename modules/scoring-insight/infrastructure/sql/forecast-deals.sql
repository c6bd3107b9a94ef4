-- Open deals with their chances as the latest run saw them, those that bring most first, from the place after the given one on.
-- Grain: one row a partnership. A deal without an expected value comes last, as if it brought -1.
-- coarse: chances to two digits and what they bring by those alone, in the order and the place too, which readers get to see.
-- Parameters: tenant Nullable(UUID) and stage Nullable(String): null takes all; coarse Bool; after_value String (decimal) and
-- after_id UUID: the place of the last row seen; limit UInt32.
WITH shown AS (
  SELECT
    *,
    if({coarse: Bool}, round(chance, 2), chance) AS shown_chance,
    if({coarse: Bool}, round(base_rate, 2), base_rate) AS shown_rate,
    -- In whole hundredths: a decimal made of a float would be cut off.
    if({coarse: Bool},
      toDecimal128(round(toDecimal128(value_reporting, 4) * toInt64(round(100 * chance)) / 100, 2), 2),
      toDecimal128(expected_value, 2)) AS brings
  FROM insight_deal_forecasts
  WHERE ({tenant: Nullable(UUID)} IS NULL OR tenant_id = {tenant: Nullable(UUID)})
    AND ({stage: Nullable(String)} IS NULL OR stage = {stage: Nullable(String)})
)
SELECT
  partnership_id, tenant_id, stage, shown_chance AS chance, shown_rate AS base_rate, method, reason, deal_value, currency, value_reporting,
  brings AS expected_value, contributions, as_of, toString(ifNull(brings, -1)) AS place
FROM shown
WHERE ifNull(brings, -1) < toDecimal128({after_value: String}, 2)
  OR (ifNull(brings, -1) = toDecimal128({after_value: String}, 2) AND partnership_id > {after_id: UUID})
ORDER BY ifNull(brings, -1) DESC, partnership_id
LIMIT {limit: UInt32}
