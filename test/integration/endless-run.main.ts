// Not through the barrel: its HTTP layer takes seconds to load, and this process only waits to be killed.
import { PipelineRunner } from '../../modules/operations/application/pipeline-runner.js';
import { PostgresRunLedger } from '../../modules/operations/infrastructure/postgres-run-ledger.js';
import { PostgresRunLock } from '../../modules/operations/infrastructure/postgres-run-lock.js';
import { createLogger } from '../../src/platform/logging/logging.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { fakeSteps } from '../fakes/pipeline-steps.js';

/** Executes a run (argument: its id; DATABASE_URL: its ledger) whose model step never ends; made to be killed. */
const [runId = ''] = process.argv.slice(2);
const postgres = new Postgres(createDataSource(process.env.DATABASE_URL ?? '', []));
const steps = fakeSteps({
  model: () => {
    process.stdout.write('in the model step\n');
    return new Promise(() => setInterval(() => undefined, 60_000));
  },
});
const logger = createLogger('silent');
const runner = new PipelineRunner(new PostgresRunLedger(postgres), new PostgresRunLock(postgres), steps, {
  logger,
});
await runner.execute(runId, {
  signal: new AbortController().signal,
  onProgress: () => undefined,
});
