-- Stage changes of the deals, numbered in the order they happened, as a sequence would. Grain: one row a stage change.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); since DateTime64(6): what happened until then was written before
INSERT INTO raw_deal_events
SELECT
  toInt64(rowNumberInAllBlocks() + 1 + (SELECT max(id) FROM raw_deal_events)) AS id,
  partnership_id,
  from_stage,
  to_stage,
  actor_entity_id,
  occurred_at,
  cityHash64(partnership_id, step) AS _row_hash,
  bench_extracted(occurred_at) AS _version_at,
  false AS _deleted,
  _version_at AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', toUnixTimestamp(_extracted_at)) AS _run_id
FROM (
  SELECT
    id AS partnership_id,
    step,
    if(step = 1, NULL, toNullable(stages[step - 1])) AS from_stage,
    stages[step] AS to_stage,
    if(bench_share({seed: UInt64}, 'actor', n * 16 + step) < 0.8, entity1_id, entity2_id) AS actor_entity_id,
    times[step] AS occurred_at
  FROM bench_deals
  ARRAY JOIN arrayEnumerate(stages) AS step
  WHERE n >= {first: UInt64} AND n < {first: UInt64} + {rows: UInt64} AND times[step] > {since: DateTime64(6, 'UTC')}
  ORDER BY occurred_at, n, step
)
