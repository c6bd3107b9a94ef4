-- The model that is synced: ten columns of the kinds that a product's tables have. Grain: one row an id.
-- Parameters: table Identifier
CREATE OR REPLACE TABLE {table: Identifier} (
  id Int64, name String, note String, d1 Float64, d2 Float64, d3 Float64, amount Decimal(12, 2), updated_at DateTime64(6, 'UTC'), active Bool,
  qty Int32
) ENGINE = MergeTree ORDER BY id
