-- Open deals that the role in force may see, the worst first, from the place after the given one on. Grain: partnership.
-- $1 text severity, $2 uuid owner, $3 text stage: null takes all. $4 int rank, $5 int negated days, $6 uuid id: the place
-- of the last row seen, null from the start. $7 int rows
WITH deal AS (
  SELECT *, array_position(ARRAY['critical', 'warn', 'ok'], severity) AS rank
  FROM insights.deal_health
  WHERE ($1::text IS NULL OR severity = $1::text)
    AND ($2::uuid IS NULL OR owner_user_id = $2::uuid)
    AND ($3::text IS NULL OR stage = $3::text)
)
SELECT partnership_id, tenant_id, owner_user_id, stage, entered_stage_at, days_in_stage, stage_percentile, threshold_days,
       threshold_source, chance_30d, severity, as_of, rank
FROM deal
WHERE $4::int IS NULL OR (rank, -days_in_stage, partnership_id) > ($4::int, $5::int, $6::uuid)
ORDER BY rank, days_in_stage DESC, partnership_id
LIMIT $7::int
