import type { Command } from 'commander';
import { addSyncControls } from './sync-controls.js';
import { addSyncExplain } from './sync-explain.js';
import { addSyncPlans } from './sync-plans.js';
import { addSyncReconcile } from './sync-reconcile.js';
import { addSyncRuns } from './sync-runs.js';
import { addSyncStatus } from './sync-status.js';

/** The commands of the syncs, one file a topic. */
export function addSync(program: Command): void {
  const sync = program
    .command('sync')
    .description('reverse ETL: what the warehouse writes to Postgres, graph and webhooks');
  addSyncStatus(sync);
  addSyncPlans(sync);
  addSyncRuns(sync);
  addSyncReconcile(sync);
  addSyncExplain(sync);
  addSyncControls(sync);
}
