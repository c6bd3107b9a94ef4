-- Measurements that a change touches: new and changed ones, those of trends with other versions, and all those of trends whose
-- alignments, or whose aligned entities' types, changed.
WITH
  moved AS (
    SELECT trend_id, min(valid_from) AS moved_since
    FROM (
      SELECT trend_id, trend_key, valid_from
      FROM {{ delta(dim_trend) }}
      GROUP BY trend_id, trend_key, valid_from
      HAVING sum(_sign) != 0
    )
    GROUP BY trend_id
  ),
  retyped AS (
    SELECT entity_id
    FROM {{ delta(dim_entity) }}
    WHERE is_current
    GROUP BY entity_id, entity_type
    HAVING sum(_sign) != 0
  ),
  realigned AS (
    SELECT trend_id FROM raw_graph_alignments WHERE {{ since(raw_graph_alignments) }}
    UNION ALL
    SELECT trend_id FROM raw_graph_alignments WHERE entity_id IN (SELECT entity_id FROM retyped)
  )
SELECT id AS key FROM raw_trend_metrics WHERE {{ since(raw_trend_metrics) }}
UNION ALL
SELECT m.id
FROM raw_trend_metrics AS m
INNER JOIN moved AS t ON t.trend_id = m.trend_id
WHERE m.measured_at >= t.moved_since
UNION ALL
SELECT id FROM raw_trend_metrics WHERE trend_id IN (SELECT trend_id FROM realigned)
