-- Source entities: returns the columns of the source contract, in any order. Tables named differently? Edit this SELECT only.
SELECT
  id,
  tenant_id,
  entity_type,
  name,
  industry,
  founded_year,
  location,
  tier,
  created_at,
  updated_at,
  deleted_at
FROM product.entities
