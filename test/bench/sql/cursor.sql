-- What a load leaves behind: how far its source is read. Parameters: table Identifier; source String; run UUID
INSERT INTO raw_cursors (source, cursor, rules, run_id, confirmed_at, changed_at)
SELECT {source: String}, NULL, '', {run: UUID}, max(_extracted_at), max(_extracted_at)
FROM {table: Identifier}
