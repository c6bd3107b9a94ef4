-- The report of the latest day. Grain: at most one row.
SELECT report FROM insight_network_effects ORDER BY as_of DESC LIMIT 1
