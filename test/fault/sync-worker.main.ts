// A worker of the fault harness: one job a line on standard input, run once each; says READY, and DONE after each. A run that throws
// (the ledger was out of reach) is DONE too; what nobody catches ends the process, which the harness counts as a failure.
import { createInterface } from 'node:readline';
import { closeWorkerStores, job, openSyncs, openWorkerStores, runOnce } from './sync-worker.js';

console.log('READY');
for await (const line of createInterface(process.stdin)) {
  const parsed = job.parse(JSON.parse(line));
  const stores = openWorkerStores(parsed);
  const said = await runOnce(openSyncs(stores, parsed)).then(
    ({ status, error }) => `${status} ${error?.code ?? ''}`,
    (error: unknown) => `threw ${String(error)}`,
  );
  await closeWorkerStores(stores);
  console.log(`DONE ${said.replace(/\s+/g, ' ')}`);
}
