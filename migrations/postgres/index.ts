import { Targets1795500000001 } from './1795500000001-targets.js';
import { Ledger1795500000002 } from './1795500000002-ledger.js';
import { Syncs1795500000003 } from './1795500000003-syncs.js';

/** All Postgres migrations, oldest first. */
export const migrations = [Targets1795500000001, Ledger1795500000002, Syncs1795500000003];
