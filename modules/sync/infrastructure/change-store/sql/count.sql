-- How many rows of each kind the difference has. Grain: op and reason. Parameters: those of diff.sql.
SELECT op, reason, count() AS rows
FROM (
{{diff}}
)
GROUP BY op, reason
