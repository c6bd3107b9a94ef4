// Every version of the affinity weights that the graph holds, where people may change their status.
// Grain: one row a version. Instants as text, whatever type the writer gave them.
MATCH (m:AffinityModel)
RETURN m.version AS version, m.status AS status, m.semantic AS semantic, m.goalAlignment AS goalAlignment,
  m.culturalMomentum AS culturalMomentum, m.historical AS historical, m.authenticity AS authenticity, m.n AS n,
  toString(m.createdAt) AS createdAt, toString(m.activatedAt) AS activatedAt, toString(m.decidedAt) AS decidedAt
ORDER BY version
