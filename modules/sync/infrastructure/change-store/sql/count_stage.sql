-- Staged rows by kind. Grain: op and reason. Filled: stage.
SELECT op, reason, count() AS rows, min(seq) AS first, max(seq) AS last FROM {{stage}} GROUP BY op, reason
