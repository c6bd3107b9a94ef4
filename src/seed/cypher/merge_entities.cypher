// Entity nodes of the affinity graph. Grain: one node per id.
// Parameters: $rows list of {id: string (uuid)}.
UNWIND $rows AS row
MERGE (:Entity {id: row.id})
