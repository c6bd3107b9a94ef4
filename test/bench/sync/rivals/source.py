"""The bench's CSV as a DuckDB file, the source of both rivals. Usage: source.py <items.csv> <source.duckdb>"""

import sys

import duckdb

csv, database = sys.argv[1:3]
COLUMNS = {
    "id": "BIGINT",
    "name": "VARCHAR",
    "note": "VARCHAR",
    "d1": "DOUBLE",
    "d2": "DOUBLE",
    "d3": "DOUBLE",
    "amount": "DECIMAL(12, 2)",
    "updated_at": "TIMESTAMPTZ",
    "active": "BOOLEAN",
    "qty": "INTEGER",
}
with duckdb.connect(database) as connection:
    connection.read_csv(csv, header=False, columns=COLUMNS).create("items")
