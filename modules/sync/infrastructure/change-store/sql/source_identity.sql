-- What a model's table holds right now: another text when it was exchanged or written. No row for what stores no parts (a view). Grain: table.
-- Parameters: model String.
SELECT concat(toString(t.uuid), ' ', toString(t.metadata_modification_time), ' ', toString((
  SELECT tuple(count(), sum(cityHash64(p.name, p.modification_time))) FROM system.parts AS p
  WHERE p.database = currentDatabase() AND p.table = {model: String} AND p.active
))) AS identity
FROM system.tables AS t
WHERE t.database = currentDatabase() AND t.name = {model: String} AND t.engine LIKE '%MergeTree'
