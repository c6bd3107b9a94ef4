-- Room for what the target says of its rows, and for the numbers of the buckets in question (rows without prints). Filled: table, owner (literal).
CREATE TABLE {{table}} (key_print String, row_print String, keys String, bucket UInt32 DEFAULT 0)
ENGINE = MergeTree ORDER BY key_print COMMENT {{owner}}
