-- A row that a batch of streamed changes brought into raw, if there is one: rows of its hand-over from its base on. Grain: at most one row.
-- Parameters: raw Identifier (the source's table), base String (ISO 8601 UTC), run_id UUID (the hand-over)
SELECT 1 AS landed
FROM {raw: Identifier}
WHERE _extracted_at >= parseDateTime64BestEffort({base: String}, 6, 'UTC') AND _run_id = {run_id: UUID}
LIMIT 1
