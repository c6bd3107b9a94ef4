// One node that can be matched, to tell whether the label is there and its key has the declared type. Grain: at most one node.
// Filled: label, keys, present. No parameters.
MATCH (e:{{label}})
WHERE {{present}}
RETURN [{{keys}}] AS keys
LIMIT 1
