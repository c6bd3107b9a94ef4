-- One comparison of a source's keys into the log, after every other row of its source whatever the clocks say. One that is held writes
-- nothing when a person has released the source since: the next comparison is to find that. Grain: at most one row.
-- Parameters: source, outcome, at String (ISO 8601 UTC), run_id UUID, live, missing, found, unknown UInt64,
-- knew_release Bool (whether the newest release was known when it was judged)
INSERT INTO raw_sweeps (source, at, outcome, run_id, live, missing, found, unknown, asked_by)
SELECT {source: String},
  greatest(parseDateTime64BestEffort({at: String}, 6, 'UTC'), max(s.at) + toIntervalMicrosecond(1)),
  {outcome: String}, {run_id: UUID}, {live: UInt64}, {missing: UInt64}, {found: UInt64}, {unknown: UInt64}, ''
FROM raw_sweeps AS s
WHERE s.source = {source: String}
HAVING {outcome: String} = 'applied' OR {knew_release: Bool} OR argMax(s.outcome, s.at) != 'released'
