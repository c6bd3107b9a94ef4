-- Days on which the aggregate has other numbers of deals created and closed than the timeline. Grain: one row a day.
SELECT concat(toString(date_key), ': ', toString(counted), ' for ', toString(moments), ' deals created or closed') AS record
FROM (
  SELECT date_key, sum(in_table) AS counted, sum(in_timeline) AS moments
  FROM (
    SELECT date_key, deals_created + deals_won + deals_lost AS in_table, 0 AS in_timeline FROM {{ this }} AS tested WHERE dimension = 'all'
    UNION ALL
    SELECT created_date_key, 0, 1 FROM agg_deal_timeline WHERE {{ changed(created_date_key) }}
    UNION ALL
    SELECT assumeNotNull(closed_date_key), 0, 1 FROM agg_deal_timeline WHERE closed_date_key IS NOT NULL AND {{ changed(closed_date_key) }}
  )
  GROUP BY date_key
  HAVING counted != moments
)
