-- Writes down that a load is done; an empty cursor and empty rules stay what they were, changed_at is the newest _extracted_at, and
-- confirmed_at never goes back: the row that it leaves must be the one that is kept. Two loads of one source that confirm at the same
-- instant (a replay of rejects beside a streamed batch) do not see each other's row: the position may lack one of them until the next
-- load confirms. Nothing is lost by it: new rows always come after those in raw (next_instant.sql), and models whose position is
-- behind them build whole.
-- Grain: one row. Parameters: source, cursor, rules String, raw Identifier (its table), run_id UUID, confirmed_at String (ISO 8601 UTC)
INSERT INTO raw_cursors (source, cursor, rules, run_id, confirmed_at, changed_at)
SELECT
  {source: String},
  if({cursor: String} != '', {cursor: String}, argMax(tuple(c.cursor), c.confirmed_at).1),
  if({rules: String} != '', {rules: String}, argMax(c.rules, c.confirmed_at)),
  {run_id: UUID},
  greatest(parseDateTime64BestEffort({confirmed_at: String}, 6, 'UTC'), max(c.confirmed_at)),
  greatest(max(c.changed_at), (
    SELECT max(_extracted_at)
    FROM {raw: Identifier}
    WHERE _extracted_at > (SELECT max(changed_at) FROM raw_cursors WHERE source = {source: String})
  ))
FROM raw_cursors AS c
WHERE c.source = {source: String}
