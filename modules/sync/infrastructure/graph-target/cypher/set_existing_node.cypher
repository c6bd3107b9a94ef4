// Our properties on nodes of the product. A node that does not exist returns no row; an equal one is not written.
// Grain: matched row. Parameters: rows [{keyHash, to: {property: value}}]. Filled: label, key, differs, assignments.
UNWIND $rows AS row
MATCH (e:{{label}} {{key}})
WITH row, e, ({{differs}}) AS differs
FOREACH (ignored IN CASE WHEN differs THEN [1] ELSE [] END | SET {{assignments}})
RETURN row.keyHash AS keyHash, differs AS written
