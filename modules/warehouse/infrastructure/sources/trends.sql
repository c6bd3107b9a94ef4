-- Source trends: returns the columns of the source contract, in any order. Tables named differently? Edit this SELECT only.
SELECT
  id,
  name,
  category,
  lifecycle_stage,
  updated_at
FROM product.trends
