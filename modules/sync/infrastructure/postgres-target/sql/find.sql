-- Texts of one row, whatever its scope. Grain: at most one row. Filled: table, texts, is_key. Parameters: key values as text.
SELECT {{texts}} AS texts FROM {{table}} AS t WHERE {{is_key}}
