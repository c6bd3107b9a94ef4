-- Lets the next comparison of a source delete what the last one held back; writes nothing when nothing is held.
-- Grain: at most one row. Parameters: source String, at String (ISO 8601 UTC), asked_by String
INSERT INTO raw_sweeps (source, at, outcome, run_id, live, missing, found, unknown, asked_by)
SELECT s.source, greatest(parseDateTime64BestEffort({at: String}, 6, 'UTC'), s.at + toIntervalMicrosecond(1)),
  'released', s.run_id, s.live, s.missing, s.found, s.unknown, {asked_by: String}
FROM (SELECT * FROM raw_sweeps AS r WHERE r.source = {source: String} ORDER BY r.at DESC LIMIT 1) AS s
WHERE s.outcome = 'held'
