-- Deals with the stages that each has passed and when: what partnerships, their events and milestones are made from. Grain: one row a deal.
-- 45 % are won, 35 % lost after 3 to 8 stages, 20 % stay where they are; what would lie after {until} has not happened yet.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); start, end DateTime64(6) (the ten years); until DateTime64(6); deals, entities, tenants, users UInt64
INSERT INTO bench_deals
WITH
  ['identified', 'contacted', 'in_discussion', 'proposal', 'negotiation', 'legal_review', 'signed', 'onboarding', 'active', 'completed'] AS path,
  [0, 6, 9, 15, 12, 18, 10, 14, 20, 120] AS mean_days,
  bench_share({seed: UInt64}, 'outcome', number) AS outcome,
  bench_share({seed: UInt64}, 'depth', number) AS depth,
  multiIf(
    outcome < 0.45, path,
    outcome < 0.8, arrayPushBack(arraySlice(path, 1, 3 + toUInt8(depth * 6)), if(outcome < 0.7, 'declined', 'expired')),
    arraySlice(path, 1, 1 + toUInt8(depth * 9))
  ) AS planned,
  bench_moment({start: DateTime64(6, 'UTC')}, {end: DateTime64(6, 'UTC')}, number, {deals: UInt64}) AS created,
  arrayMap(
    seconds -> created + toIntervalMicrosecond(toInt64(seconds * 1000000)),
    arrayCumSum(arrayMap(step -> -log(1 - bench_share({seed: UInt64}, 'wait', number * 16 + step)) * mean_days[step] * 86400, arrayEnumerate(planned)))
  ) AS moments,
  bench_skewed({seed: UInt64}, 'brand', number, {entities: UInt64}) AS brand,
  bench_skewed({seed: UInt64}, 'partner', number, {entities: UInt64}) AS partner,
  brand % {tenants: UInt64} AS tenant
SELECT
  number AS n,
  bench_uuid({seed: UInt64}, 'deal', number) AS id,
  bench_uuid({seed: UInt64}, 'tenant', tenant) AS tenant_id,
  bench_uuid({seed: UInt64}, 'entity', brand) AS entity1_id,
  bench_uuid({seed: UInt64}, 'entity', if(partner = brand, (partner + 1) % {entities: UInt64}, partner)) AS entity2_id,
  bench_uuid({seed: UInt64}, 'user', tenant + {tenants: UInt64} * (bench_hash({seed: UInt64}, 'owner', number) % intDiv({users: UInt64}, {tenants: UInt64}))) AS owner_user_id,
  created AS created_at,
  arraySlice(planned, 1, arrayCount(moment -> moment <= {until: DateTime64(6, 'UTC')}, moments)) AS stages,
  arrayFilter(moment -> moment <= {until: DateTime64(6, 'UTC')}, moments) AS times
FROM numbers_mt({first: UInt64}, {rows: UInt64})
