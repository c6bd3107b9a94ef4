-- Up to where each raw table was loaded: the _extracted_at of the last confirmed load that changed it. While a batch of streamed changes
-- is begun and not done, its rows may still come: the position ends before its base, so that no build claims to have seen them. A batch
-- that was left for good holds nothing back: the source was read since by a load that is not of its generation, past everything in raw.
-- Of raw_cdc it reads the newest records of the newest hand-over (the table's order). Grain: one row a source.
WITH
  (SELECT generation FROM raw_cdc WHERE state = 'snapshot' ORDER BY recorded_at DESC LIMIT 1) AS newest,
  unfinished AS (
    SELECT
      generation,
      argMaxIf(base, to_lsn, state = 'begun') AS batch_base,
      argMaxIf(mapKeys(sources), to_lsn, state != 'begun') AS streamed
    FROM (
      SELECT * FROM raw_cdc WHERE state = 'snapshot' AND generation = newest
      UNION ALL
      SELECT * FROM (SELECT * FROM raw_cdc WHERE state = 'done' AND generation = newest ORDER BY to_lsn DESC LIMIT 1)
      UNION ALL
      SELECT * FROM (SELECT * FROM raw_cdc WHERE state = 'begun' AND generation = newest ORDER BY to_lsn DESC, recorded_at DESC LIMIT 1)
    )
    GROUP BY generation
    HAVING maxIf(to_lsn, state = 'begun') > maxIf(to_lsn, state != 'begun')
  ),
  held AS (
    SELECT arrayJoin(streamed) AS source, generation, batch_base FROM unfinished
  ),
  loads AS (
    SELECT source, max(changed_at) AS changed, max(confirmed_at) AS confirmed, argMax(run_id, confirmed_at) AS run
    FROM raw_cursors
    GROUP BY source
  )
SELECT
  loads.source AS source,
  if(held.source = '' OR (run != held.generation AND confirmed > held.batch_base + toIntervalSecond(1)),
    changed, least(changed, held.batch_base - toIntervalMicrosecond(1))) AS position
FROM loads
LEFT JOIN held ON held.source = loads.source
