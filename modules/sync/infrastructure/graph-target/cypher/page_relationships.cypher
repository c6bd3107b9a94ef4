// Our relationships in the order of their keys. Grain: relationship. Filled: label, type, after, keys, values, order.
// Parameters: rows integer (of one page), and those of after: the keys of the last row before.
MATCH (a:{{label}})-[e:{{type}}]->(b:{{label}})
WHERE {{after}}
RETURN [{{keys}}] AS keys, [{{values}}] AS values
ORDER BY {{order}}
LIMIT $rows
