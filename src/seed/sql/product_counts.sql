-- Rows per product table. Grain: one row, one bigint per table. Parameters: none.
SELECT
  (SELECT count(*) FROM product.tenants)         AS tenants,
  (SELECT count(*) FROM product.users)           AS users,
  (SELECT count(*) FROM product.entities)        AS entities,
  (SELECT count(*) FROM product.partnerships)    AS partnerships,
  (SELECT count(*) FROM product.deal_events)     AS deal_events,
  (SELECT count(*) FROM product.milestones)      AS milestones,
  (SELECT count(*) FROM product.affinity_scores) AS affinity_scores,
  (SELECT count(*) FROM product.trends)          AS trends,
  (SELECT count(*) FROM product.trend_metrics)   AS trend_metrics,
  (SELECT count(*) FROM product.user_activity)   AS user_activity;
