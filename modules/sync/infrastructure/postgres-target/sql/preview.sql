-- What a write would do to each staged row, and the present texts of what it would change. Grain: staged row, by seq.
-- Filled: table, same_key, action (over t and s), there (t exists), before (over t and s, an object of texts).
SELECT s."#seq", {{action}}, CASE WHEN {{there}} THEN {{before}} END
FROM sync_rows AS s LEFT JOIN {{table}} AS t ON {{same_key}}
ORDER BY s."#seq"
