-- Every version of the learned weights that this service knows of. Grain: one row a version.
SELECT
  version, status, toFloat64(semantic) AS semantic, toFloat64(goal_alignment) AS goal_alignment,
  toFloat64(cultural_momentum) AS cultural_momentum, toFloat64(historical) AS historical,
  toFloat64(authenticity) AS authenticity, n, evidence, created_at, activated_at, decided_at
FROM insight_affinity_models FINAL
ORDER BY version
