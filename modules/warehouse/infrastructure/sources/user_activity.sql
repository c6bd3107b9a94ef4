-- Source user_activity: returns the columns of the source contract, in any order. Tables named differently? Edit this SELECT only.
SELECT
  id,
  user_id,
  activity_type,
  target_entity_id,
  partnership_id,
  occurred_at
FROM product.user_activity
