-- How the present stage of some deals counts: open, won or lost. Grain: one row a deal that exists and is not deleted.
-- Parameters: partnership_ids Array(UUID).
SELECT
  partnership_id,
  multiIf(is_completed, 'won', is_lost, 'lost', 'open') AS outcome
FROM fact_partnerships
WHERE NOT is_deleted AND partnership_id IN {partnership_ids: Array(UUID)}
