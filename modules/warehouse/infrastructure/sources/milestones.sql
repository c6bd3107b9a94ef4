-- Source milestones: returns the columns of the source contract, in any order. Tables named differently? Edit this SELECT only.
SELECT
  id,
  partnership_id,
  completed,
  completed_at,
  due_date,
  updated_at
FROM product.milestones
