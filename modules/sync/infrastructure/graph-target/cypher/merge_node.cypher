// Nodes of our own, created when missing; an equal one is not written.
// Grain: row. Parameters: rows [{keyHash, to: {property: value}}]. Filled: label, key, differs, assignments.
UNWIND $rows AS row
MERGE (e:{{label}} {{key}})
WITH row, e, ({{differs}}) AS differs
FOREACH (ignored IN CASE WHEN differs THEN [1] ELSE [] END | SET {{assignments}})
RETURN row.keyHash AS keyHash, differs AS written
