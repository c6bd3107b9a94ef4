// The weights to score with. No row: use the weights that the matching engine ships.
MATCH (m:AffinityModel {status: 'active'})
RETURN m.version AS version, m.semantic AS semantic, m.goalAlignment AS goalAlignment, m.culturalMomentum AS culturalMomentum,
  m.historical AS historical, m.authenticity AS authenticity
