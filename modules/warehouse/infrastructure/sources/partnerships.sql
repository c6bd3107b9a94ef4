-- Source partnerships: returns the columns of the source contract, in any order. Tables named differently? Edit this SELECT only.
SELECT
  id,
  tenant_id,
  entity1_id,
  entity2_id,
  owner_user_id,
  partnership_type,
  stage,
  deal_value,
  currency,
  success_score,
  start_date,
  end_date,
  signed_at,
  activated_at,
  created_at,
  updated_at,
  deleted_at
FROM product.partnerships
