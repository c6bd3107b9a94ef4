-- The instant, or the first one after every load of a source: after its last confirmation and position (the rows of a streamed batch
-- reach past the instant of its confirmation), and after the newest row of a load that was killed before it could confirm. Reads of raw
-- what came after the last position only (it has an index on _extracted_at). confirmed_at: when the source was last confirmed.
-- Grain: one row. Parameters: source String, raw Identifier (its table), instant String (ISO 8601 UTC)
SELECT greatest(
  parseDateTime64BestEffort({instant: String}, 6, 'UTC'),
  max(c.confirmed_at) + toIntervalMicrosecond(1),
  max(c.changed_at) + toIntervalMicrosecond(1),
  (
    SELECT max(_extracted_at)
    FROM {raw: Identifier}
    WHERE _extracted_at > (SELECT max(changed_at) FROM raw_cursors WHERE source = {source: String})
  ) + toIntervalMicrosecond(1)
) AS later, max(c.confirmed_at) AS confirmed_at
FROM raw_cursors AS c
WHERE c.source = {source: String}
