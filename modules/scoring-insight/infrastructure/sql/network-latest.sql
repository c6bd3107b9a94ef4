-- The report of the latest day by a version of the code: that of another one may have other fields. Grain: at most one row.
-- Parameters: code_version String.
SELECT report FROM insight_network_effects WHERE code_version = {code_version: String} ORDER BY as_of DESC LIMIT 1
