"""Reads the files that the test exports: a header line, tab-separated fields, \\N for NULL."""

import csv


def read_table(path):
    """Rows as dictionaries of text; None for NULL."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [{name: None if field == "\\N" else field for name, field in row.items()} for row in rows]
