// Takes our properties off nodes of the product; the node stays. Grain: matched node.
// Parameters: rows [{keyHash, to: {property: value}}]. Filled: label, key, present, properties.
UNWIND $rows AS row
MATCH (e:{{label}} {{key}})
WITH row, e, ({{present}}) AS present
REMOVE {{properties}}
RETURN row.keyHash AS keyHash, present AS written
