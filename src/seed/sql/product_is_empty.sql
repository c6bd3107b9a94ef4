-- Whether no product table holds a row. Grain: one row, is_empty boolean. Parameters: none.
SELECT NOT (
  EXISTS (SELECT FROM product.tenants)
  OR EXISTS (SELECT FROM product.users)
  OR EXISTS (SELECT FROM product.entities)
  OR EXISTS (SELECT FROM product.partnerships)
  OR EXISTS (SELECT FROM product.deal_events)
  OR EXISTS (SELECT FROM product.milestones)
  OR EXISTS (SELECT FROM product.affinity_scores)
  OR EXISTS (SELECT FROM product.trends)
  OR EXISTS (SELECT FROM product.trend_metrics)
  OR EXISTS (SELECT FROM product.user_activity)
) AS is_empty;
