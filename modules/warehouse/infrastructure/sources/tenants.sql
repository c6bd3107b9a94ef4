-- Source tenants: returns the columns of the source contract, in any order. Tables named differently? Edit this SELECT only.
SELECT
  id,
  name
FROM product.tenants
