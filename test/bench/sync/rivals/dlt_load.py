"""One merge of all rows with dlt, in its fastest way into Postgres: Arrow batches, loaded as CSV, upsert by key.

Usage: dlt_load.py <source.duckdb> <folder for its state>; the environment's BENCH_DATABASE_URL names the target.
"""

import os
import sys

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
os.environ["NORMALIZE__LOADER_FILE_FORMAT"] = "csv"

import dlt
import duckdb
import pyarrow

database, state = sys.argv[1:3]


@dlt.resource(
    name="items",
    primary_key="id",
    write_disposition={"disposition": "merge", "strategy": "upsert"},
    columns={"amount": {"data_type": "decimal", "precision": 12, "scale": 2}},
)
def items():
    with duckdb.connect(database, read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for batch in connection.execute("SELECT * FROM items").to_arrow_reader(100_000):
            yield pyarrow.Table.from_batches([batch])


pipeline = dlt.pipeline(
    pipeline_name="bench_sync",
    pipelines_dir=state,
    destination=dlt.destinations.postgres(os.environ["BENCH_DATABASE_URL"]),
    dataset_name="bench_dlt",
)
pipeline.run(items()).raise_on_failed_jobs()
