-- Open deals that went one stage further, anywhere in the ten years. Grain: one row a deal, beside its row without that stage.
-- Parameters: seed, rows UInt64; since DateTime64(6)
INSERT INTO bench_deals
SELECT
  n, id, tenant_id, entity1_id, entity2_id, owner_user_id, created_at,
  arrayPushBack(stages, if(bench_share({seed: UInt64}, 'advance', n) < 0.3, 'declined', path[length(stages) + 1])) AS stages,
  arrayPushBack(times, {since: DateTime64(6, 'UTC')} + toIntervalSecond(3600 + rowNumberInAllBlocks())) AS times
FROM (
  SELECT *, ['identified', 'contacted', 'in_discussion', 'proposal', 'negotiation', 'legal_review', 'signed', 'onboarding', 'active', 'completed'] AS path
  FROM bench_deals
  WHERE stages[-1] NOT IN ('completed', 'declined', 'expired') AND times[-1] <= {since: DateTime64(6, 'UTC')}
  ORDER BY bench_hash({seed: UInt64}, 'change', n)
  LIMIT {rows: UInt64}
)
