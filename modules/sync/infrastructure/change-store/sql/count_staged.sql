-- How many staged rows of each kind there are. Grain: op and reason. Filled: changes.
SELECT op, reason, count() AS rows FROM {{changes}} GROUP BY op, reason
