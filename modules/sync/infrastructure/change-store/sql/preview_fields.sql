-- How many rows would change each field. Grain: field. Filled: preview.
SELECT arrayJoin(JSONExtractKeys(assumeNotNull(before))) AS field, count() AS rows
FROM {{preview}} WHERE action = 'update' AND isNotNull(before)
GROUP BY field ORDER BY rows DESC, field
