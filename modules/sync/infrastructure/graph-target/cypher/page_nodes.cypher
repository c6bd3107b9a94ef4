// Our nodes in the order of their keys. Grain: node. Filled: label, after, ours, keys, values, order.
// Parameters: rows integer (of one page), and those of after: the keys of the last row before.
MATCH (e:{{label}})
WHERE {{after}} AND ({{ours}})
RETURN [{{keys}}] AS keys, [{{values}}] AS values
ORDER BY {{order}}
LIMIT $rows
