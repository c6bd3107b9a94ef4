-- Keeps other writers out until the end of the transaction; readers go on. Filled: table.
LOCK TABLE {{table}} IN SHARE ROW EXCLUSIVE MODE
