-- Whom the cohorts of all stored snapshots counted. Grain: one row an entity, its tenant of then and a metric, with the
-- numbers of the rosters that it is in. A roster that was published again, unchanged, has one number: most are, as panels
-- are frozen.
WITH
  counted AS (
    SELECT metric, period, arrayJoin(counted_in) AS cohort_key, entity_id, assumeNotNull(counted_tenant_id) AS tenant_id
    FROM insight_benchmark_snapshots
  ),
  panel AS (
    SELECT metric, period, cohort_key, count() AS entities, groupBitXor(sipHash64(entity_id, tenant_id)) AS fingerprint
    FROM counted
    GROUP BY metric, period, cohort_key
  ),
  distinct_panel AS (
    SELECT metric, min((period, cohort_key)) AS first
    FROM panel
    GROUP BY metric, entities, fingerprint
  ),
  roster AS (
    SELECT metric, first.1 AS period, first.2 AS cohort_key, toUInt32(row_number() OVER (ORDER BY metric, first)) AS roster
    FROM distinct_panel
  )
SELECT
  counted.metric AS metric,
  counted.entity_id AS entity_id,
  counted.tenant_id AS tenant_id,
  groupArray(roster.roster) AS rosters
FROM counted
INNER JOIN roster ON roster.metric = counted.metric AND roster.period = counted.period AND roster.cohort_key = counted.cohort_key
GROUP BY metric, entity_id, tenant_id
