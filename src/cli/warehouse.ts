import type { Command } from 'commander';
import { addCdc } from './warehouse-cdc.js';
import { addBuild } from './warehouse-build.js';
import { addSweeps } from './warehouse-sweeps.js';
import { addFreshness } from './warehouse-freshness.js';
import { addTests } from './warehouse-tests.js';
import { addRejects } from './warehouse-rejects.js';

/** The commands of the warehouse, one file a topic. */
export function addWarehouse(program: Command): void {
  const warehouse = program.command('warehouse').description('the data in ClickHouse');
  addRejects(warehouse);
  addBuild(warehouse);
  addSweeps(warehouse);
  addTests(warehouse);
  addFreshness(warehouse);
  addCdc(warehouse);
}
