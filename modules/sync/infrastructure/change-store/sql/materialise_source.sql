-- One reading of a SELECT or view, so that every question of a run is asked of the same rows. Grain: that of the source. Filled: copy, owner (literal), source.
CREATE TABLE {{copy}} ENGINE = MergeTree ORDER BY tuple() COMMENT {{owner}} AS SELECT * FROM {{source}}
