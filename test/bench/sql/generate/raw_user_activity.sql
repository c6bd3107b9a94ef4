-- Activity events. Few users do most of it; 60 % concern an entity, 30 % a deal; one in a hundred arrives up to 30 days late.
-- Grain: one row an event.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); start, end DateTime64(6) (the ten years); activities, users, entities, deals UInt64
INSERT INTO raw_user_activity
WITH
  bench_moment({start: DateTime64(6, 'UTC')}, {end: DateTime64(6, 'UTC')}, number, {activities: UInt64}) AS moment,
  bench_hash({seed: UInt64}, 'kind', number) AS dice
SELECT
  toInt64(number + 1) AS id,
  bench_uuid({seed: UInt64}, 'user', bench_skewed({seed: UInt64}, 'active', number, {users: UInt64})) AS user_id,
  bench_pick({seed: UInt64}, 'activity_type', number, ['search', 'view_match', 'login', 'message', 'contact', 'proposal_view', 'comment', 'download']) AS activity_type,
  if(dice % 10 < 6, toNullable(bench_uuid({seed: UInt64}, 'entity', bench_skewed({seed: UInt64}, 'target', number, {entities: UInt64}))), NULL) AS target_entity_id,
  if(intDiv(dice, 10) % 10 < 3, toNullable(bench_uuid({seed: UInt64}, 'deal', bench_hash({seed: UInt64}, 'about', number) % {deals: UInt64})), NULL) AS partnership_id,
  if(intDiv(dice, 100) % 100 = 0, moment - toIntervalMinute(intDiv(dice, 10000) % 43200), moment) AS occurred_at,
  cityHash64(number) AS _row_hash,
  bench_extracted(moment) AS _version_at,
  false AS _deleted,
  _version_at AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', toUnixTimestamp(_extracted_at)) AS _run_id
FROM numbers_mt({first: UInt64}, {rows: UInt64})
