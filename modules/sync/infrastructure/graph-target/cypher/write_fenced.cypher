// One batch under the sync's fence: a writer with an older token than the last one changes nothing and gets no row.
// Setting a property takes the node's lock before its token is read, so that two writers go one after the other.
// Grain: one row; answers is a list of [seq, action]. Filled: changes.
// Parameters: sync string, token integer, rows [{seq integer, to: {property: value}}].
MERGE (fence:InsightSyncFence {sync: $sync})
SET fence.locked = true
WITH fence
WHERE coalesce(fence.token, 0) <= $token
SET fence.token = $token
WITH fence
CALL {
{{changes}}
RETURN collect([row.seq, action]) AS answers
}
RETURN answers
