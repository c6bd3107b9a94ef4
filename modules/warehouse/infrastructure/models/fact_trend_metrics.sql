-- Grain: one row per measurement; the trend version valid when measured. brands_aligned and content_aligned count the graph's
-- alignments that had begun by then (one without a beginning: always). A tuple, since argMax alone passes over a null.
WITH
  metrics AS (
    SELECT *
    FROM (
      SELECT *
      FROM raw_trend_metrics
      WHERE {{ changed(id) }}
      ORDER BY id, _version_at DESC, _extracted_at DESC, _row_hash
      LIMIT 1 BY id
    )
    WHERE NOT _deleted
  ),
  alignments AS (
    SELECT
      a.trend_id AS trend_id,
      groupArrayIf(a.began, e.entity_type = 'brand') AS brands,
      groupArrayIf(a.began, e.entity_type = 'content') AS contents
    FROM (
      SELECT entity_id, trend_id, ifNull(argMax(tuple(since), tuple(_version_at, _extracted_at)).1, toDateTime64('1900-01-01 00:00:00', 6, 'UTC')) AS began
      FROM raw_graph_alignments
      GROUP BY entity_id, trend_id
      HAVING NOT argMax(_deleted, tuple(_version_at, _extracted_at))
    ) AS a
    INNER JOIN (SELECT entity_id, entity_type FROM dim_entity WHERE is_current) AS e ON e.entity_id = a.entity_id
    GROUP BY a.trend_id
  )
SELECT
  sipHash64(m.id) AS metric_key,
  m.id AS metric_id,
  ifNull(t.trend_key, 0) AS trend_key,
  toUInt32(toYYYYMMDD(m.measured_at)) AS date_key,
  m.momentum_score,
  m.velocity,
  m.signal_count,
  m.engagement_total,
  m.sentiment_avg,
  toUInt32(arrayCount(began -> began <= m.measured_at, a.brands)) AS brands_aligned,
  toUInt32(arrayCount(began -> began <= m.measured_at, a.contents)) AS content_aligned,
  m.measured_at
FROM metrics AS m
ASOF LEFT JOIN dim_trend AS t ON t.trend_id = m.trend_id AND m.measured_at >= t.valid_from
LEFT JOIN alignments AS a ON a.trend_id = m.trend_id
