-- Values that the definition names. Grain: one row. Filled: name, columns, values ($1, $2 ...). Parameters: the values as text.
INSERT INTO {{name}} ({{columns}}) VALUES ({{values}})
