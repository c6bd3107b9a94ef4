-- Columns of what a sync reads. Grain: column. Filled: source.
DESCRIBE TABLE {{source}}
