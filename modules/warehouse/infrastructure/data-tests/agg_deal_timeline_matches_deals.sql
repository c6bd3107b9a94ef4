-- Deals that are not deleted and have no row or several, and rows without such a deal. Grain: one row a partnership.
SELECT concat(toString(partnership_key), ': ', toString(rows), ' rows for ', toString(deals), ' deals') AS record
FROM (
  SELECT partnership_key, sum(in_table) AS rows, sum(in_facts) AS deals
  FROM (
    SELECT partnership_key, 1 AS in_table, 0 AS in_facts FROM {{ this }} AS tested
    UNION ALL
    SELECT partnership_key, 0, 1 FROM fact_partnerships WHERE NOT is_deleted AND {{ changed(partnership_key) }}
  )
  GROUP BY partnership_key
  HAVING rows != deals
)
