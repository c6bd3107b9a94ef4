-- Source users: returns the columns of the source contract, in any order. Tables named differently? Edit this SELECT only.
SELECT
  id,
  tenant_id,
  email,
  full_name,
  slack_user_id,
  time_zone,
  manager_id
FROM product.users
